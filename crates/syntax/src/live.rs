//! Liveness: which `let` bindings are ever needed.
//!
//! Goal: what only dead code needs is dead too, mutual recursion included (`let d = e; e = d; in 0`), in linear time and
//! whatever the order of bindings. Values of `rec` sets are outputs and always needed. Limits: a file's own names only;
//! a name that `with` might supply keeps nothing alive.

use crate::scopes::{NameId, Scopes, To, Unit};

/// Which names and pieces of a file are needed.
#[derive(Debug, Clone)]
pub struct Live {
    /// By unit: whether it is ever evaluated.
    units: Vec<bool>,
    /// By name: whether something that is ever evaluated refers to it, or it is exempt.
    names: Vec<bool>,
    /// By unit: the unit around it.
    around: Vec<Unit>,
    /// By unit: the first name that it is the value of. The others stand beside it in the same `inherit (e)`.
    owner: Vec<Option<NameId>>,
}

impl Live {
    /// Finds what is needed. Names for which `exempt` says yes are kept by their author: what they need is needed.
    #[must_use]
    pub fn of(scopes: &Scopes, exempt: impl Fn(&str) -> bool) -> Live {
        let units = scopes.units() as usize;
        let mut live = Live {
            units: vec![false; units],
            names: vec![false; scopes.names().count()],
            around: vec![Unit::FILE; units],
            owner: vec![None; units],
        };
        // What happens when a unit is needed: its references, and the exempt names that it binds.
        let mut wanted: Vec<(Unit, NameId)> = Vec::new();
        wanted.extend(scopes.refs().iter().filter_map(|it| match it.to {
            To::Name(name) => Some((it.unit, name)),
            _ => None,
        }));
        wanted.extend(
            scopes
                .names()
                .filter(|(_, name)| name.unit != Unit::FILE && exempt(scopes.text(name.symbol)))
                .map(|(id, name)| (scopes.scope(name.scope).unit, id)),
        );
        let wanted = Grouped::new(units, &wanted);
        for (id, name) in scopes.names() {
            if name.unit != Unit::FILE {
                live.around[name.unit.0 as usize] = scopes.scope(name.scope).unit;
                live.owner[name.unit.0 as usize].get_or_insert(id);
            }
        }
        live.units[0] = true;
        let mut needed = vec![Unit::FILE];
        while let Some(unit) = needed.pop() {
            for name in wanted.of(unit) {
                live.names[name.0 as usize] = true;
                let unit = scopes.name(*name).unit;
                if !live.units[unit.0 as usize] {
                    live.units[unit.0 as usize] = true;
                    needed.push(unit);
                }
            }
        }
        live
    }

    /// Whether a piece of the file is ever evaluated.
    #[must_use]
    pub fn unit(&self, unit: Unit) -> bool {
        self.units[unit.0 as usize]
    }

    /// Whether something that is ever evaluated refers to a name.
    #[must_use]
    pub fn name(&self, id: NameId) -> bool {
        self.names[id.0 as usize]
    }

    /// The `let` names that nothing needs, in no promised order. Those inside the value of another one are left out.
    pub fn dead<'a>(&'a self, scopes: &'a Scopes) -> impl Iterator<Item = NameId> + 'a {
        scopes
            .names()
            .filter(|(id, name)| {
                name.kind.is_let()
                    && name.unit != Unit::FILE
                    && !self.name(*id)
                    && self.unit(scopes.scope(name.scope).unit)
            })
            .map(|(id, _)| id)
    }

    /// The dead names whose values mention a dead name, without itself; each once, in the order of places. All of them
    /// are among [`Live::dead`].
    #[must_use]
    pub fn users(&self, scopes: &Scopes, id: NameId) -> Vec<NameId> {
        let mut users: Vec<NameId> = scopes
            .refs_of(id)
            .flat_map(|it| self.holders(scopes, it.unit))
            .filter(|user| *user != id)
            .collect();
        users.sort_by_key(|user| (scopes.name(*user).at.start(), *user));
        users.dedup();
        users
    }

    /// The outermost dead names whose value holds a dead unit: one, or all names of an `inherit (e)`.
    fn holders<'a>(
        &self,
        scopes: &'a Scopes,
        unit: Unit,
    ) -> impl Iterator<Item = NameId> + use<'a> {
        let mut unit = unit;
        while !self.unit(self.around[unit.0 as usize]) {
            unit = self.around[unit.0 as usize];
        }
        // Names that share a unit were made one after the other.
        let owner = self.owner[unit.0 as usize];
        owner
            .into_iter()
            .flat_map(|owner| scopes.names_from(scopes.name(owner).scope, owner))
            .take_while(move |(_, name)| name.unit == unit)
            .map(|(id, _)| id)
    }
}

/// Names by unit, in one list.
struct Grouped {
    ends: Vec<usize>,
    names: Vec<NameId>,
}

impl Grouped {
    fn new(units: usize, pairs: &[(Unit, NameId)]) -> Grouped {
        let mut ends = vec![0; units + 1];
        for (unit, _) in pairs {
            ends[unit.0 as usize + 1] += 1;
        }
        for at in 1..ends.len() {
            ends[at] += ends[at - 1];
        }
        let mut names = vec![NameId(0); pairs.len()];
        let mut next = ends.clone();
        for (unit, name) in pairs {
            let slot = &mut next[unit.0 as usize];
            names[*slot] = *name;
            *slot += 1;
        }
        Grouped { ends, names }
    }

    fn of(&self, unit: Unit) -> &[NameId] {
        &self.names[self.ends[unit.0 as usize]..self.ends[unit.0 as usize + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `b<a` for a dead name and those that use it.
    fn dead(text: &str) -> String {
        let root = crate::parse(text, crate::parse::Limits::default())
            .root()
            .unwrap();
        let scopes = Scopes::of(&root);
        let live = Live::of(&scopes, |name| name.starts_with('_'));
        let mut dead: Vec<NameId> = live.dead(&scopes).collect();
        dead.sort_by_key(|id| scopes.name(*id).at.start());
        let shown: Vec<String> = dead
            .into_iter()
            .map(|id| {
                let users = live.users(&scopes, id);
                let users: Vec<&str> = users.iter().map(|id| scopes.name_text(*id)).collect();
                let by = if users.is_empty() { "" } else { "<" };
                format!("{}{by}{}", scopes.name_text(id), users.join(","))
            })
            .collect();
        shown.join(" ")
    }

    #[test]
    fn what_nothing_needs() {
        for (text, expected) in [
            ("let a = 1; in 0", "a"),
            ("let a = 1; in a", ""),
            ("let a = b; b = 1; in 0", "a b<a"),
            ("let d = e; e = d; in 0", "d<e e<d"),
            ("let f = n: f n; in 0", "f"),
            ("let _a = b; b = 1; in 0", ""),
            ("let inherit (m) p q; m = 1; in p", "q"),
            ("let inherit (m) p q; m = 1; in 0", "p q m<p,q"),
            ("x: let inherit x; in 0", "x"),
            ("let k = \"n\"; in { \"${k}\" = 1; }", ""),
            ("let k = 1; in { k = 2; }.k", "k"),
            ("let cfg = 1; in with cfg; on", ""),
            ("let { a = 1; b = 2; body = a; }", "b"),
            ("let a = 1; in rec { b = a; }", ""),
            ("let a.x = b; a.y = 1; b = 2; in 0", "a b<a"),
            // What stands inside a dead value goes with it.
            ("let a = let b = 1; in c; c = 2; in 0", "a c<a"),
            ("let a = let b = c; in b; c = 2; in 0", "a c<a"),
            ("let a = 1; in let b = a; in 0", "a<b b"),
            ("let __sub = a: b: 1; in 3 - 1", ""),
            ("let a = _b: _b; in { inherit a; }", ""),
        ] {
            assert_eq!(dead(text), expected, "{text}");
        }
    }
}
