//! The page that people see, embedded in the binary.
//!
//! The build script leaves the page's files in a folder that is embedded here. Where no page could be built the
//! folder is empty, and the answer to `/` says so and how to get one; every route of the API works all the same.
//!
//! **Invariant:** only files of that folder are ever answered: a path is a key, never a place in a file system.

use rust_embed::{EmbeddedFile, RustEmbed};
use std::borrow::Cow;

#[derive(RustEmbed)]
#[folder = "$MADEJA_PAGE"]
struct Page;

/// What is shown in place of a page that was not built.
const NOT_BUILT: &str = "<!doctype html>
<html lang=\"es\">
<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Madeja</title></head>
<body>
<h1>Madeja</h1>
<h2>Este programa se compiló sin la página</h2>
<p>El servidor funciona: las rutas de <code>/api</code> responden y <a href=\"/api/openapi.json\">/api/openapi.json</a> las describe. Para tener la página:</p>
<ol>
<li>Instale Node.js 20.19 o posterior, con npm, y compile de nuevo con conexión a internet: <code>cargo build --release</code>.</li>
<li>O, sin internet: en otro equipo ejecute <code>npm ci</code> y <code>npm run build</code> en <code>api/web</code>, copie la carpeta <code>dist</code> y compile con <code>UI_DIST=/ruta/a/dist cargo build --release</code>.</li>
</ol>
<div lang=\"en\">
<h2>This program was built without the page</h2>
<p>The server works: the routes under <code>/api</code> answer, and <a href=\"/api/openapi.json\">/api/openapi.json</a> describes them. To get the page:</p>
<ol>
<li>Install Node.js 20.19 or later, with npm, and build again with an internet connection: <code>cargo build --release</code>.</li>
<li>Or, without internet: on another machine run <code>npm ci</code> and <code>npm run build</code> in <code>api/web</code>, copy the folder <code>dist</code>, and build with <code>UI_DIST=/path/to/dist cargo build --release</code>.</li>
</ol>
</div>
</body>
</html>
";

/// The file of an address path (`/`, `/assets/index-1a2b.js`), with its media type; `None` where there is none.
pub(crate) fn asset(path: &str) -> Option<(&'static str, Cow<'static, [u8]>)> {
    let name = match path.trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    match Page::get(name) {
        Some(EmbeddedFile { data, .. }) => Some((media_type(name), data)),
        None if name == "index.html" => Some((media_type(name), Cow::Borrowed(NOT_BUILT.as_bytes()))),
        None => None,
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_always_answers_html() {
        for path in ["/", "", "/index.html"] {
            let (mime, bytes) = asset(path).unwrap_or(("", Cow::Borrowed(b"")));
            assert_eq!(mime, "text/html; charset=utf-8", "{path}");
            assert!(bytes.starts_with(b"<!doctype html>"), "{path}");
        }
    }

    #[test]
    fn the_place_of_a_missing_page_speaks_both_languages_and_names_the_remedy() {
        assert!(NOT_BUILT.contains("lang=\"es\"") && NOT_BUILT.contains("lang=\"en\""));
        assert_eq!(NOT_BUILT.matches("UI_DIST=").count(), 2);
        assert!(
            !NOT_BUILT.contains("<script") && !NOT_BUILT.contains("style="),
            "the content policy forbids both"
        );
    }

    #[test]
    fn nothing_outside_the_page_is_answered() {
        for path in
            ["/../Cargo.toml", "//etc/passwd", "/assets/../../build.rs", "/%2e%2e/Cargo.toml", "/api/cases"]
        {
            assert!(asset(path).is_none(), "{path}");
        }
    }

    #[test]
    fn every_file_that_the_built_page_names_is_there() {
        if Page::get("index.html").is_none() {
            assert_eq!(Page::iter().count(), 0, "a page without its first file is half a page");
            return;
        }
        let (_, bytes) = asset("/").unwrap_or(("", Cow::Borrowed(b"")));
        let html = String::from_utf8_lossy(&bytes);
        let named: Vec<&str> = html.split('"').filter(|part| part.starts_with("/assets/")).collect();
        assert!(named.len() >= 2, "a script and a style sheet");
        for path in named {
            assert!(asset(path).is_some(), "{path}");
        }
        assert!(
            !html.contains("<style") && !html.contains("onload="),
            "the content policy forbids inline code"
        );
    }
}
