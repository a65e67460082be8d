//! The command line in Spanish: what `--help` prints, and what wrong usage is answered with.
//!
//! The English texts stand beside the options in [`crate::args`]; the Spanish ones in
//! `messages/help.es.properties`, and a test holds that none is missing. Names of commands and options are words of a
//! contract and the same in both languages.

use crate::args::Cli;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Error, FromArgMatches};
use engine::disclose::audience::Lang;
use std::collections::HashMap;
use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::LazyLock;

static TEXTS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let lines = include_str!("../messages/help.es.properties").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, text)| (key.trim(), text.trim()))
        .collect()
});

/// Reads the command line; what is said about it is said in the language that it asks for.
///
/// # Errors      what to end with: help or the version were asked for and printed, or it was used wrongly
pub(crate) fn read(words: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitCode> {
    let words: Vec<OsString> = words.into_iter().collect();
    let lang = language(&words, std::env::var("MADEJA_LANG").ok().as_deref());
    let read = command(lang).try_get_matches_from(words).and_then(|m| Cli::from_arg_matches(&m));
    read.map_err(|error| match (error.kind(), lang) {
        (ErrorKind::DisplayHelp | ErrorKind::DisplayVersion, _) | (_, Lang::En) => {
            // Nothing is left to do if the stream is closed.
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
        }
        (_, Lang::Es) => {
            eprintln!("{}", misuse(&error));
            ExitCode::from(2)
        }
    })
}

/// The language that the words ask for, else the one of the environment, else the usual one.
fn language(words: &[OsString], environment: Option<&str>) -> Lang {
    let mut words = words.iter().filter_map(|w| w.to_str());
    let mut asked = None;
    while let Some(word) = words.next() {
        if word == "--lang" {
            asked = words.next().or(asked);
        } else if let Some(value) = word.strip_prefix("--lang=") {
            asked = Some(value);
        }
    }
    asked.or(environment).and_then(Lang::parse).unwrap_or_default()
}

/// The command line with its texts in a language.
fn command(lang: Lang) -> Command {
    let mut command = Cli::command();
    if lang == Lang::Es {
        // The options that clap adds of itself are there only after this.
        command.build();
        command = in_spanish(command, true);
    }
    command
}

fn in_spanish(mut command: Command, whole: bool) -> Command {
    let name = command.get_name().to_owned();
    let usage = command.render_usage().to_string();
    let usage = usage
        .trim_start_matches("Usage:")
        .trim()
        .replace("[OPTIONS]", "[OPCIONES]")
        .replace("<COMMAND>", "<ORDEN>")
        .replace("[COMMAND]", "[ORDEN]");
    let template = template(&command);
    command = command.override_usage(usage).help_template(template);
    if let Some(about) = TEXTS.get(name.as_str()) {
        command = command.about(*about);
        if whole && let Some(rest) = TEXTS.get("madeja.long") {
            command = command.long_about(format!("{about}\n\n{rest}"));
        }
    }
    let arguments: Vec<String> = command.get_arguments().map(|a| a.get_id().to_string()).collect();
    for (place, id) in arguments.into_iter().enumerate() {
        let Some(text) = text_of(&name, &id) else { continue };
        command = command.mut_arg(&id, |argument| {
            let mut text = text.to_owned();
            if argument.get_action().takes_values() {
                let values = argument.get_possible_values();
                let values: Vec<&str> = values.iter().map(|v| v.get_name()).collect();
                if !values.is_empty() {
                    text.push_str(&format!(" [valores: {}]", values.join(", ")));
                }
                let usual: Vec<_> = argument
                    .get_default_values()
                    .iter()
                    .filter_map(|v| v.to_str())
                    .filter(|v| !v.is_empty())
                    .collect();
                if !usual.is_empty() {
                    text.push_str(&format!(" [por omisión: {}]", usual.join(" ")));
                }
                if let Some(variable) = argument.get_env().and_then(|e| e.to_str()) {
                    text.push_str(&format!(" [entorno: {variable}]"));
                }
            }
            // The options of every command stand after those of this one.
            let argument =
                if argument.is_global_set() { argument.display_order(1_000 + place) } else { argument };
            argument
                .help(text.clone())
                .long_help(text)
                .hide_default_value(true)
                .hide_possible_values(true)
                .hide_env(true)
        });
    }
    let subcommands: Vec<String> = command.get_subcommands().map(|s| s.get_name().to_owned()).collect();
    for subcommand in subcommands {
        command = command.mut_subcommand(subcommand, |s| in_spanish(s, false));
    }
    command
}

/// How the help of a command is laid out: only the parts that it has.
fn template(command: &Command) -> String {
    let mut out = String::from("{about-with-newline}\nUso: {usage}");
    if command.has_subcommands() {
        out.push_str("\n\nÓrdenes:\n{subcommands}");
    }
    if command.get_positionals().next().is_some() {
        out.push_str("\n\nArgumentos:\n{positionals}");
    }
    out.push_str("\n\nOpciones:\n{options}");
    out
}

fn text_of(command: &str, argument: &str) -> Option<&'static str> {
    let own = TEXTS.get(format!("{command}.{argument}").as_str());
    own.or_else(|| TEXTS.get(format!("*.{argument}").as_str())).copied()
}

/// What was wrong with the usage, in Spanish.
fn misuse(error: &Error) -> String {
    let said = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join(", ")),
        Some(ContextValue::StyledStr(text)) => Some(text.to_string()),
        Some(ContextValue::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let argument = said(ContextKind::InvalidArg).unwrap_or_default();
    let value = said(ContextKind::InvalidValue).unwrap_or_default();
    let what = match error.kind() {
        ErrorKind::InvalidValue if value.is_empty() => format!("falta el valor de `{argument}`"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("`{value}` no vale para `{argument}`")
        }
        ErrorKind::UnknownArgument => format!("no existe el argumento `{argument}`"),
        ErrorKind::InvalidSubcommand => {
            format!("no existe la orden `{}`", said(ContextKind::InvalidSubcommand).unwrap_or_default())
        }
        ErrorKind::NoEquals => format!("a `{argument}` se le da su valor con `=`"),
        ErrorKind::TooManyValues => format!("sobra `{value}` en `{argument}`"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("`{argument}` no tiene el número de valores que necesita")
        }
        ErrorKind::ArgumentConflict => {
            let other = said(ContextKind::PriorArg).unwrap_or_default();
            format!("`{argument}` no se puede usar junto con `{other}`")
        }
        ErrorKind::MissingRequiredArgument => format!("falta: {argument}"),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return error.render().to_string();
        }
        ErrorKind::InvalidUtf8 => "un argumento no es texto UTF-8".to_owned(),
        _ => return error.render().to_string(),
    };
    let mut out = format!("madeja: {what}");
    if let Some(valid) = said(ContextKind::ValidValue) {
        out.push_str(&format!("; valores: {valid}"));
    }
    for similar in [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
    {
        if let Some(similar) = said(similar) {
            out.push_str(&format!("; ¿quizá `{similar}`?"));
        }
    }
    if let Some(usage) = said(ContextKind::Usage) {
        let usage = usage.trim().trim_start_matches("Usage:").trim();
        out.push_str(&format!("\n\nUso: {usage}"));
    }
    out.push_str("\n\nMás: --help");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(command: &Command, f: &mut dyn FnMut(&Command)) {
        f(command);
        for subcommand in command.get_subcommands() {
            each(subcommand, f);
        }
    }

    fn words(text: &str) -> Vec<OsString> {
        text.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn every_command_and_argument_has_its_spanish_text_and_no_text_is_left_over() {
        let mut used: Vec<String> = vec!["madeja.long".to_owned()];
        let mut whole = Cli::command();
        whole.build();
        each(&whole, &mut |command| {
            let name = command.get_name();
            // Below `help` stand the names of all commands once more.
            assert!(TEXTS.contains_key(name), "{name}");
            used.push(name.to_owned());
            for argument in command.get_arguments() {
                let id = argument.get_id();
                assert!(text_of(name, id.as_str()).is_some(), "{name}.{id}");
                used.push(format!("{name}.{id}"));
                used.push(format!("*.{id}"));
            }
        });
        for key in TEXTS.keys() {
            assert!(used.iter().any(|u| u == key), "{key}");
        }
    }

    #[test]
    fn help_is_of_one_language() {
        for (lang, own, other) in [(Lang::Es, "Uso: madeja", "Usage"), (Lang::En, "Usage: madeja", "Uso:")] {
            let mut whole = command(lang);
            whole.build();
            each(&whole, &mut |command| {
                let text = command.clone().render_long_help().to_string();
                assert!(!text.contains(other), "{text}");
                if lang == Lang::Es {
                    for english in
                        ["Options", "Arguments:", "Commands:", "[default", "Print ", "OPTIONS", "COMMAND"]
                    {
                        assert!(!text.contains(english), "{english}: {text}");
                    }
                }
            });
            assert!(whole.render_help().to_string().contains(own));
        }
    }

    #[test]
    fn both_languages_read_the_same_command_lines() {
        for line in [
            "madeja ego C 7000-0001 --hops 1",
            "madeja run C --only network --lang es",
            "madeja find C x --json",
        ] {
            for lang in [Lang::Es, Lang::En] {
                assert!(command(lang).try_get_matches_from(words(line)).is_ok(), "{line}");
            }
        }
    }

    #[test]
    fn the_last_language_named_counts() {
        assert_eq!(language(&words("madeja --lang en run C"), Some("es")), Lang::En);
        assert_eq!(language(&words("madeja run C --lang=es"), Some("en")), Lang::Es);
        assert_eq!(language(&words("madeja run C"), Some("en")), Lang::En);
        assert_eq!(language(&words("madeja run C --lang xx"), None), Lang::default());
    }

    #[test]
    fn wrong_usage_is_named() {
        let told = |line: &str| misuse(&command(Lang::Es).try_get_matches_from(words(line)).unwrap_err());
        assert!(
            told("madeja rum C").contains("no existe la orden `rum`; ¿quizá `run`?"),
            "{}",
            told("madeja rum C")
        );
        assert!(told("madeja ego C").contains("falta: <ID>"), "{}", told("madeja ego C"));
        assert!(told("madeja ego C X --hop 2").contains("no existe el argumento `--hop`"));
        let values = told("madeja load C f --as cosas");
        assert!(values.contains("`cosas` no vale para `--as") && values.contains("transfers"), "{values}");
        assert!(told("madeja ego C X --hops muchos").contains("`muchos` no vale"));
        assert!(told("madeja path C A B --in-time-order --any-order").contains("junto con"));
    }
}
