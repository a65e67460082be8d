//! `communities`: the list with the larger groups, or one community with its card.

use crate::command::around::edge_table;
use crate::command::ask::{node_line, span};
use crate::command::query::session;
use crate::context::Work;
use crate::output::{TextTable, json, word, write};
use crate::wire;
use engine::case::Case;
use engine::disclose::audience::Lang;
use engine::disclose::view::community::CommunityView;
use std::path::Path;

/// Cells told on a card in text.
const MOST_PLACES: usize = 10;

fn percent(share: Option<f64>) -> String {
    share.map(|s| format!("{:.0}%", s * 100.0)).unwrap_or_default()
}

fn card(lang: Lang, community: &CommunityView, note: &str) -> String {
    let mut table =
        TextTable::worded(lang, &["member", "kind", "label", "", "inside", "outside", "stability", ""]);
    for member in &community.members {
        table.row(node_line(lang, &member.node).into_iter().chain([
            format!("{}", member.inside),
            format!("{}", member.outside),
            percent(member.node.stability),
            if member.attached { word(lang, "attached") } else { String::new() },
        ]));
    }
    let list = |items: Vec<String>| items.join(", ");
    let facts = [
        ("stability", {
            let text = community.stability_text.clone().unwrap_or_default();
            format!("{} {text}", percent(community.stability))
        }),
        ("inside", percent(Some(community.cohesion))),
        ("groups", list(community.groups.clone())),
        (
            "places",
            list(
                community
                    .places
                    .iter()
                    .take(MOST_PLACES)
                    .map(|p| format!("{} ({})", p.cell, p.events))
                    .collect(),
            ),
        ),
        (
            "countries",
            list(community.countries.iter().map(|c| format!("{} ({})", c.country, c.numbers)).collect()),
        ),
        ("volume", list(community.volume.iter().map(|v| format!("{} {}", v.currency, v.total)).collect())),
        (
            "neighbours",
            list(community.neighbours.iter().map(|n| format!("{} ({})", n.id, n.events)).collect()),
        ),
        ("findings", list(community.findings.clone())),
        ("span", span(&community.first, &community.last)),
    ];
    let mut out = format!("{}\n", community.id);
    for (name, text) in facts.iter().filter(|(_, text)| !text.trim().is_empty()) {
        out.push_str(&format!("{}: {}\n", word(lang, name), text.trim()));
    }
    out.push_str(&format!(
        "\n{}\n{}:\n{}",
        table.render(),
        word(lang, "bonds"),
        edge_table(lang, &community.bonds)
    ));
    out.push_str(&format!("{}\n{note}\n", community.note));
    out
}

/// `communities`
pub(crate) fn communities(work: &Work, dir: &Path, id: Option<&str>, limit: usize) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let session = session(work, &case)?;
    if let Some(id) = id {
        let (community, graph) = session.community(id)?;
        if work.json {
            return json(&wire::Community { community, graph });
        }
        return write(&card(work.lang, &community, &session.stability_note()));
    }
    let list = wire::communities(&session, limit);
    if work.json {
        return json(&list);
    }
    let header = [
        "id",
        "size",
        "people",
        "calls",
        "money",
        "shared",
        "inside",
        "stability",
        "",
        "groups",
        "findings",
        "span",
    ];
    let mut table = TextTable::worded(work.lang, &header);
    for community in &list.communities {
        table.row([
            community.id.clone(),
            community.size.to_string(),
            community.people.to_string(),
            community.layers.calls.to_string(),
            community.layers.money.to_string(),
            community.layers.shared.to_string(),
            percent(Some(community.cohesion)),
            percent(community.stability),
            community.stability_text.clone().unwrap_or_default(),
            community.groups.join(" "),
            community.findings.len().to_string(),
            span(&community.first, &community.last),
        ]);
    }
    let mut out = format!("{}{} / {}\n", table.render(), list.communities.len(), list.total);
    let mut groups = TextTable::worded(work.lang, &["groups", "size", "communities"]);
    for group in &list.groups {
        groups.row([group.id.clone(), group.size.to_string(), group.communities.join(" ")]);
    }
    if !list.groups.is_empty() {
        out.push_str(&groups.render());
    }
    write(&format!("{out}{}\n", list.note))
}
