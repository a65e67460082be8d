//! The `madeja` binary: reads the command line, does what it says, tells what went wrong and how to mend it.

mod args;
mod command;
mod context;
mod help;
mod http;
mod output;
mod page;
mod progress;
mod wire;
mod wording;

use args::{Cli, Command, LayerArgs, ScopeArgs, WindowArgs};
use command::{around, ask, case, community, demo, identity, kernel, layout, query, serve};
use context::Work;
use engine::ingest::foreign;
use engine::session::{PathQuestion, StepOrder};
use engine::stage::Stage;
use engine::standalone::MatchQuestion;
use fixtures::world::WorldConfig;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything else: this process may have been started to read one foreign file and nothing more.
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|word| word == foreign::COMMAND) {
        return foreign::run_as_child(words.next().and_then(|size| size.into_string().ok()).as_deref());
    }
    if let Ok(program) = std::env::current_exe() {
        foreign::host(program);
    }
    let cli = match help::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    match run(&cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Nothing is left to do if standard error itself is closed.
            let lang = context::language(&cli.global);
            let _ = writeln!(std::io::stderr(), "madeja: {}", wording::told(&error, lang));
            ExitCode::FAILURE
        }
    }
}

/// Does what the command line says.
///
/// # Returns     whether everything asked for was done
fn run(cli: &Cli) -> anyhow::Result<bool> {
    let work = Work::new(&cli.global)?;
    let work = &work;
    match &cli.command {
        Command::Demo { dir, world, listen, no_serve } => {
            demo::run(work, dir.as_deref(), world.as_deref(), *listen, *no_serve)?;
        }
        Command::Generate { dir, people, calls, transfers } => {
            let config =
                WorldConfig { people: *people, calls: *calls, transfers: *transfers, seed: cli.global.seed };
            kernel::world(work, dir, &config)?;
        }
        Command::New { case: at, title, country, authority } => {
            case::new(work, &at.case, title, country.as_deref(), authority)?;
        }
        Command::Load { case: at, paths, kind, mapping, country, dates, reference, dry_run, strict } => {
            let asked = case::Load {
                paths,
                kind: kind.table(),
                mapping: mapping.as_deref(),
                country: country.as_deref(),
                dates: dates.map(Into::into),
                reference: *reference,
                dry_run: *dry_run,
                strict: *strict,
            };
            return case::load(work, &at.case, &asked);
        }
        Command::Map { file, output, kind, mapping, country } => layout::map(
            work,
            &layout::Map {
                file,
                output: output.as_deref(),
                kind: kind.table(),
                mapping: mapping.as_deref(),
                country: country.as_deref(),
            },
        )?,
        Command::Withdraw { case: at, source } => layout::withdraw(work, &at.case, source)?,
        Command::Resolve { case: at, retrain } => case::run(work, &at.case, &[Stage::Resolve], *retrain)?,
        Command::Analyse { case: at } => {
            let stages = [Stage::Network, Stage::Communities, Stage::Findings, Stage::Index];
            case::run(work, &at.case, &stages, false)?;
        }
        Command::Run { case: at, only, retrain } => {
            case::run(work, &at.case, &case::stages(only)?, *retrain)?;
        }
        Command::Status { case: at } => ask::status(work, &at.case)?,
        Command::Sources { case: at } => ask::sources(work, &at.case)?,
        Command::Refused { case: at, source, format } => {
            ask::refused(work, &at.case, source.as_deref(), *format)?;
        }
        Command::Find { case: at, text, limit } => ask::find(work, &at.case, text, *limit)?,
        Command::Show { case: at, id, as_of: None } => ask::show(work, &at.case, id)?,
        Command::Show { case: at, id, as_of: Some(date) } => identity::as_of(work, &at.case, id, date)?,
        Command::Ego { case: at, id, hops, scope, limit } => {
            around::ego(work, &at.case, id, *hops, &scoped(scope), *limit)?;
        }
        Command::Path { case: at, a, b, k, in_time_order, any_order, wait, avoid, through_hubs, scope } => {
            let question = PathQuestion {
                a: a.clone(),
                b: b.clone(),
                k: *k,
                order: match (in_time_order, any_order) {
                    (true, _) => StepOrder::InTime,
                    (_, true) => StepOrder::Any,
                    _ => StepOrder::Usual,
                },
                wait_hours: *wait,
                avoid: avoid.clone(),
                through_hubs: *through_hubs,
                ..PathQuestion::default()
            };
            around::path(work, &at.case, question, &scoped(scope))?;
        }
        Command::Common { case: at, ids, scope, limit } => {
            around::common(work, &at.case, ids, &scoped(scope), *limit)?;
        }
        Command::Flow { case: at, account, backward, window, limit, .. } => {
            query::flow(work, &at.case, account, *backward, &choice(Some(window), None), *limit)?;
        }
        Command::Matrix { case: at, ids, scope } => {
            query::matrix(work, &at.case, ids, &scoped(scope))?;
        }
        Command::Colocation { case: at, ids, minutes, window, limit } => {
            query::colocation(work, &at.case, ids, *minutes, &choice(Some(window), None), *limit)?;
        }
        Command::Rhythm { case: at, id, window } => {
            query::rhythm(work, &at.case, id, &choice(Some(window), None))?;
        }
        Command::Changes { case: at, ids, since, layers, limit } => {
            query::changes(work, &at.case, since, ids, &choice(None, Some(layers)), *limit)?;
        }
        Command::Rank { case: at, by, scope, limit } => {
            query::rank(work, &at.case, by, &scoped(scope), *limit)?;
        }
        Command::Communities { case: at, id, limit } => {
            community::communities(work, &at.case, id.as_deref(), *limit)?;
        }
        Command::Findings { case: at, typology } => ask::findings(work, &at.case, typology.as_deref())?,
        Command::Identity(asked) => identity::run(work, asked)?,
        Command::Protect { case: at, id, class } => case::protect(work, &at.case, id, *class)?,
        Command::Export { case: at, format, output } => case::export(work, &at.case, format, output)?,
        Command::Verify { case: at, rebuild } => return case::verify(work, &at.case, *rebuild),
        Command::Serve { cases, listen } => serve::run(work, cases, *listen)?,
        Command::Match { records, link, id, settings, threshold, output, pairs } => {
            let question = MatchQuestion {
                records,
                link: link.as_deref(),
                id: id.as_deref(),
                settings: settings.as_deref(),
                threshold: *threshold,
                output,
                pairs: pairs.as_deref(),
            };
            kernel::match_people(work, &question)?;
        }
        Command::Partition { edges, weighted, objective, resolution, output } => {
            kernel::partition(work, edges, *weighted, *objective, resolution, output)?;
        }
    }
    Ok(true)
}

/// What a question looks at, as typed.
fn choice<'a>(window: Option<&'a WindowArgs>, layers: Option<&'a LayerArgs>) -> query::Choice<'a> {
    query::Choice {
        from: window.and_then(|w| w.from.as_deref()),
        to: window.and_then(|w| w.to.as_deref()),
        layers: layers.map_or(&[], |l| l.layers.as_slice()),
        least: 0,
    }
}

/// What counts as a tie, as typed.
fn scoped(scope: &ScopeArgs) -> query::Choice<'_> {
    query::Choice { least: scope.least, ..choice(Some(&scope.window), Some(&scope.layers)) }
}
