//! How the columns of a table are understood.

use crate::columns::{Role, header_key, roles_of};
use crate::mapping::Mapping;
use crate::templates::{self, Template};
use model::record::TableKind;
use std::collections::BTreeMap;

/// The columns under one header row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// Headers as written.
    pub headers: Vec<String>,
    /// The role of each column with its confidence 0..=1; none where nothing fits.
    pub roles: Vec<Option<(Role, f32)>>,
    /// The template that describes them, if any.
    pub known: Option<&'static Template>,
}

impl Columns {
    /// The column of a role.
    pub fn get(&self, role: Role) -> Option<usize> {
        self.roles.iter().position(|r| r.is_some_and(|(have, _)| have == role))
    }

    /// All columns of a role.
    pub fn all(&self, role: Role) -> impl Iterator<Item = usize> + '_ {
        self.roles
            .iter()
            .enumerate()
            .filter(move |(_, r)| r.is_some_and(|(have, _)| have == role))
            .map(|(i, _)| i)
    }

    /// Whether a column has this role.
    pub fn has(&self, role: Role) -> bool {
        self.get(role).is_some()
    }

    /// Whether a column has any of these roles.
    pub fn any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|r| self.has(*r))
    }

    /// The header of a column.
    pub fn header(&self, column: usize) -> &str {
        self.headers.get(column).map_or("", |h| h.trim())
    }

    /// The header of a role's column, for a refusal.
    pub fn header_of(&self, role: Role) -> String {
        self.get(role).map_or("", |c| self.header(c)).to_owned()
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.headers.len()
    }

    /// How well the headers are understood: the sum of confidences, each role counted once.
    pub fn score(&self) -> f32 {
        let mut best: BTreeMap<Role, f32> = BTreeMap::new();
        for (role, fit) in self.roles.iter().flatten().filter(|(role, _)| *role != Role::Ignore) {
            let held = best.entry(*role).or_default();
            *held = held.max(*fit);
        }
        best.values().sum()
    }

    /// Gives each header of a table of this kind the role that fits it best, each role once unless it repeats.
    pub fn assign(headers: &[String], kind: TableKind, mapping: &Mapping) -> Self {
        let mut roles: Vec<Option<(Role, f32)>> = vec![None; headers.len()];
        let mut known = None;
        if mapping.columns.is_empty() {
            known = templates::of(headers, kind);
            let mut taken: Vec<Role> = Vec::new();
            let keys: Vec<String> =
                known.map_or_else(Vec::new, |_| headers.iter().map(|h| header_key(h)).collect());
            for (key, role) in known.into_iter().flat_map(Template::roles) {
                for (slot, _) in roles.iter_mut().zip(&keys).filter(|(slot, k)| slot.is_none() && *k == key) {
                    // A header that stands twice under a template is the same thing twice.
                    let free = role.repeats(kind) || !taken.contains(&role);
                    *slot = Some((if free { role } else { Role::Ignore }, 1.0));
                    taken.push(role);
                }
            }
            let mut wishes: Vec<(f32, usize, Role)> = Vec::new();
            for (column, header) in headers.iter().enumerate() {
                let fits = roles_of(header, kind);
                // "Fecha fin" is no second "fecha": a header that is best ignored is not used for anything else.
                let ignored = fits.first().is_some_and(|(role, _)| *role == Role::Ignore);
                wishes.extend(
                    fits.into_iter()
                        .filter(|(role, _)| !ignored || *role == Role::Ignore)
                        .map(|(role, fit)| (fit, column, role)),
                );
            }
            wishes.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
            for (fit, column, role) in wishes {
                if let Some(slot @ None) = roles.get_mut(column)
                    && (role.repeats(kind) || !taken.contains(&role))
                {
                    *slot = Some((role, fit));
                    taken.push(role);
                }
            }
        } else {
            for (slot, header) in roles.iter_mut().zip(headers) {
                *slot = mapping.role_of(header).map(|role| (role, 1.0));
            }
        }
        let mut columns = Self { headers: headers.to_vec(), roles, known };
        columns.settle_pairs(kind);
        columns
    }

    /// A date column beside no clock may hold both; a clock without a date is a moment in one column.
    fn settle_pairs(&mut self, kind: TableKind) {
        if kind == TableKind::Entities || self.has(Role::Date) {
            return;
        }
        if !self.has(Role::Time)
            && let Some((role, _)) =
                self.get(Role::Clock).and_then(|c| self.roles.get_mut(c)).and_then(Option::as_mut)
        {
            *role = Role::Time;
        }
    }

    /// Which roles are still missing for a table of this kind; empty when it can be read.
    ///
    /// `subject` says that the line or account is known from elsewhere; `timeless` that a mapping deliberately
    /// leaves the moment out.
    pub fn missing(&self, kind: TableKind, subject: bool, timeless: bool) -> Vec<&'static str> {
        let mut missing = Vec::new();
        let moment = timeless || self.any(&[Role::Time, Role::Date]);
        match kind {
            TableKind::Calls => {
                let first = [Role::Caller, Role::NumberA, Role::Subject];
                let second = [Role::Receiver, Role::NumberB, Role::Other];
                // "Origen" and "destino" beside a subject that stands only in the file's name.
                if !self.any(&first) && !subject {
                    missing.push("caller");
                }
                if !self.any(&second) {
                    missing.push("receiver");
                }
                if !moment {
                    missing.push("time");
                }
            }
            TableKind::Transfers => {
                let payer = [Role::Payer, Role::PayerName, Role::PayerPhone, Role::PayerDocument];
                let beneficiary = [
                    Role::Beneficiary,
                    Role::BeneficiaryName,
                    Role::BeneficiaryPhone,
                    Role::BeneficiaryDocument,
                ];
                let parties = self.any(&payer) && self.any(&beneficiary);
                if !self.any(&[Role::Amount, Role::Debit, Role::Credit]) {
                    missing.push("amount");
                }
                if !parties && !self.has(Role::Account) && !subject {
                    if !self.any(&payer) {
                        missing.push("payer");
                    }
                    if !self.any(&beneficiary) {
                        missing.push("beneficiary");
                    }
                }
                if !moment {
                    missing.push("time");
                }
            }
            TableKind::Entities => {
                let any = [
                    Role::Name,
                    Role::Given,
                    Role::Document,
                    Role::Phone,
                    Role::Account,
                    Role::Imei,
                    Role::Imsi,
                    Role::Id,
                ];
                if !self.any(&any) {
                    missing.push("name");
                }
            }
        }
        missing
    }

    /// The layout's name in receipts: the template's, or else that of its family.
    pub fn template(&self, kind: TableKind) -> &'static str {
        match kind {
            _ if let Some(template) = self.known => &template.id,
            TableKind::Calls if self.any(&[Role::NumberA, Role::NumberB]) => "calls/number-a-b",
            TableKind::Calls if self.has(Role::Other) || !self.has(Role::Caller) => "calls/subject-other",
            TableKind::Calls => "calls/caller-receiver",
            TableKind::Transfers if self.has(Role::Payer) && self.has(Role::Beneficiary) => {
                "transfers/accounts"
            }
            TableKind::Transfers if self.has(Role::Account) || self.any(&[Role::Debit, Role::Credit]) => {
                "transfers/statement"
            }
            TableKind::Transfers if self.has(Role::PayerPhone) && self.has(Role::BeneficiaryPhone) => {
                "transfers/wallet"
            }
            TableKind::Transfers if self.any(&[Role::PayerName, Role::PayerDocument]) => {
                "transfers/remittance"
            }
            TableKind::Transfers => "transfers/statement",
            TableKind::Entities if self.has(Role::Account) => "entities/holders",
            TableKind::Entities if self.has(Role::Phone) && self.has(Role::ValidFrom) => {
                "entities/subscribers"
            }
            TableKind::Entities => "entities/people",
        }
    }
}
