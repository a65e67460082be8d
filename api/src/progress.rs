//! Progress bars on standard error, only where that is a terminal: what is done, at what rate, and what time is left.

use engine::disclose::audience::Lang;
use engine::disclose::messages;
use engine::model::run::{Progress, Unit};
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::{Mutex, PoisonError};

/// A bar for the present stage.
pub(crate) struct Bars {
    lang: Lang,
    shown: Mutex<Option<Shown>>,
}

struct Shown {
    bar: ProgressBar,
    rows: u64,
}

impl Bars {
    /// Bars whose words are in this language.
    pub(crate) fn new(lang: Lang) -> Self {
        Self { lang, shown: Mutex::new(None) }
    }

    fn with(&self, f: impl FnOnce(&mut Shown)) {
        if let Some(shown) = self.shown.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            f(shown);
        }
    }
}

impl Progress for Bars {
    fn begin(&self, stage: &str, total: Option<u64>, unit: Unit) {
        let counted = match unit {
            Unit::Bytes => "{prefix}{bytes}/{total_bytes} {binary_bytes_per_sec}",
            Unit::Rows | Unit::Items => "{human_pos}/{human_len} {per_sec}",
        };
        let bar = match total {
            Some(total) => ProgressBar::new(total).with_style(
                ProgressStyle::with_template(&format!("{{msg:18}} {{wide_bar}} {counted} {{eta}}"))
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            ),
            None => ProgressBar::new_spinner(),
        };
        bar.set_draw_target(ProgressDrawTarget::stderr());
        let words = messages::find(self.lang, &format!("progress.{stage}")).unwrap_or(stage);
        bar.set_message(words.to_owned());
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(Shown { bar, rows: 0 });
    }

    fn advance(&self, amount: u64) {
        self.with(|shown| shown.bar.inc(amount));
    }

    fn rows(&self, rows: u64) {
        self.with(|shown| {
            shown.rows += rows;
            let count = HumanCount(shown.rows).to_string();
            let words = messages::text(self.lang, "progress.rows", &[("rows", &count)]);
            shown.bar.set_prefix(format!("{words} · "));
        });
    }

    fn end(&self) {
        if let Some(shown) = self.shown.lock().unwrap_or_else(PoisonError::into_inner).take() {
            shown.bar.finish_and_clear();
        }
    }
}
