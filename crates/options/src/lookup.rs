//! What a schema says of a path.
//!
//! Goal: of all that a path can mean (an option, what is below one by its type, either branch of a type), the answer
//! that accuses least. Limit: several schemas are asked one after the other, their types are not merged.

use crate::schema::{Kind, Node, NodeId, Opt, ReasonId, Schema, TyId};
use crate::ty::{Literal, Ty, Verdict};

/// A segment of the path of a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step<'a> {
    /// A name.
    Name(&'a str),
    /// A computed name.
    Dynamic,
    /// An element of a list.
    Item,
    /// What a function gives.
    Body,
}

/// A declaration, with the schema that it is of.
#[derive(Debug, Clone, Copy)]
pub struct Decl<'s> {
    /// The schema.
    pub schema: &'s Schema,
    /// The declaration.
    pub opt: &'s Opt,
}

impl<'s> Decl<'s> {
    /// The type of its values.
    #[must_use]
    pub fn ty(self) -> TyRef<'s> {
        TyRef {
            schema: self.schema,
            id: self.opt.ty,
        }
    }

    /// The file that declares it: `<home-manager>/modules/programs/git.nix`.
    #[must_use]
    pub fn file(self) -> &'s str {
        self.schema.file(self.opt.file)
    }

    /// Where the values of a renamed option go.
    #[must_use]
    pub fn to(self) -> Option<Vec<&'s str>> {
        let to = self.opt.to.as_ref()?;
        Some(to.iter().map(|sym| self.schema.name(*sym)).collect())
    }
}

/// A type, with the schema that it is of.
#[derive(Debug, Clone, Copy)]
pub struct TyRef<'s> {
    /// The schema.
    pub schema: &'s Schema,
    /// The type.
    pub id: TyId,
}

impl<'s> TyRef<'s> {
    /// The type itself.
    #[must_use]
    pub fn ty(self) -> &'s Ty {
        self.schema.ty(self.id)
    }

    /// A part of it.
    #[must_use]
    pub fn part(self, id: TyId) -> TyRef<'s> {
        TyRef { id, ..self }
    }

    /// Whether a literal can be a value of it.
    #[must_use]
    pub fn judge(self, literal: &Literal) -> Verdict {
        self.schema.judge(self.id, literal)
    }

    /// It in English.
    #[must_use]
    pub fn describe(self) -> String {
        self.schema.describe(self.id)
    }
}

/// What is above a name that is not declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Under {
    /// A value that has nothing below: a boolean, a string.
    Leaf,
    /// A group of options.
    Group,
    /// A submodule.
    Sub,
}

/// What a schema says of a path.
#[derive(Debug, Clone)]
pub enum Answer<'s> {
    /// An option: all its declarations. A value must be right for every one.
    Option(Vec<Decl<'s>>),
    /// The option there, or above, was renamed or removed.
    Marker {
        /// The marker.
        decl: Decl<'s>,
        /// How many segments of the path lead to it.
        len: usize,
    },
    /// A value inside of an option: an element of a list, a value of `attrsOf`. All types that it must have.
    Element(Vec<TyRef<'s>>),
    /// Options are below, no value can be here.
    Group,
    /// Cannot be said.
    Open {
        /// The schema that cannot say.
        schema: &'s Schema,
        /// Why, when it is about a place that was not understood; none for a type that takes anything.
        reason: Option<ReasonId>,
    },
    /// Not declared.
    Unknown {
        /// The number of segments that are known: the index of the first that is not.
        at: usize,
        /// What these lead to.
        under: Under,
    },
}

impl<'s> Answer<'s> {
    /// Whether something is declared there.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !matches!(self, Answer::Open { .. } | Answer::Unknown { .. })
    }

    fn rank(&self) -> u8 {
        match self {
            Answer::Option(_) => 5,
            Answer::Marker { .. } => 4,
            Answer::Element(_) => 3,
            Answer::Group => 2,
            Answer::Open { .. } => 1,
            Answer::Unknown { .. } => 0,
        }
    }

    /// What two places that both may hold the path say together.
    #[must_use]
    pub fn or(self, other: Answer<'s>) -> Answer<'s> {
        match (self, other) {
            (Answer::Option(mut a), Answer::Option(b)) => {
                a.extend(b);
                Answer::Option(a)
            }
            (Answer::Element(mut a), Answer::Element(b)) => {
                a.extend(b);
                Answer::Element(a)
            }
            (Answer::Unknown { at: a, under }, b @ Answer::Unknown { at, .. })
                if at > a || at == a && under == Under::Group =>
            {
                b
            }
            (a, b) if b.rank() > a.rank() => b,
            (a, _) => a,
        }
    }
}

/// What several schemas say of a path together: a tree and the modules of others that a configuration imports too.
/// A path is unknown only if it is to each.
#[must_use]
pub fn find_in<'s>(
    schemas: impl IntoIterator<Item = &'s Schema>,
    path: &[Step<'_>],
) -> Option<Answer<'s>> {
    schemas
        .into_iter()
        .map(|schema| schema.find(path))
        .reduce(Answer::or)
}

/// How many types and branches one question may look at.
const STEPS: u32 = 20_000;
/// How many of them may lie in one another.
const DEEP: u32 = 600;

struct Search<'s, 'p> {
    schema: &'s Schema,
    path: &'p [Step<'p>],
    bounds: Bounds,
}

/// What is left of the bounds of one question.
struct Bounds {
    steps: u32,
    levels: u32,
}

impl Bounds {
    const NEW: Bounds = Bounds {
        steps: STEPS,
        levels: DEEP,
    };

    /// Whether the question may go one level deeper. Then it comes back with [`Bounds::leave`].
    fn enter(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        let fine = self.steps > 0 && self.levels > 0;
        self.levels -= u32::from(fine);
        fine
    }

    fn leave(&mut self) {
        self.levels += 1;
    }
}

impl Schema {
    /// What is known of a path.
    #[must_use]
    pub fn find(&self, path: &[Step<'_>]) -> Answer<'_> {
        let mut search = Search {
            schema: self,
            path,
            bounds: Bounds::NEW,
        };
        search.node(Schema::ROOT, 0, Under::Group)
    }

    /// As [`Schema::find`], of plain names.
    #[must_use]
    pub fn find_names(&self, path: &[&str]) -> Answer<'_> {
        let steps: Vec<Step<'_>> = path.iter().map(|name| Step::Name(name)).collect();
        self.find(&steps)
    }

    /// The names that are declared directly below a path, sorted.
    #[must_use]
    pub fn names_below(&self, path: &[Step<'_>]) -> Vec<&str> {
        let mut names = Vec::new();
        let mut bounds = Bounds::NEW;
        self.nodes_at(Schema::ROOT, path, &mut bounds, &mut |node: &Node| {
            names.extend(self.kids_of(node).iter().map(|(sym, _)| self.name(*sym)));
        });
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The declared name directly below a path that a misspelt one was meant to be: at most two letters away.
    #[must_use]
    pub fn nearest(&self, path: &[Step<'_>], name: &str) -> Option<&str> {
        syntax::nearest::nearest(name, self.names_below(path))
    }

    /// Shows every node that a path leads to.
    fn nodes_at<'s>(
        &'s self,
        id: NodeId,
        path: &[Step<'_>],
        bounds: &mut Bounds,
        see: &mut dyn FnMut(&'s Node),
    ) {
        if !bounds.enter() {
            return;
        }
        let node = self.node(id);
        for opt in self.opts_of(node) {
            self.nodes_in(self.opt(*opt).ty, path, bounds, see);
        }
        if let Some((first, rest)) = path.split_first() {
            if let Some(kid) = self.kid(node, first) {
                self.nodes_at(kid, rest, bounds, see);
            }
            if let (Some(wild), Step::Name(_) | Step::Dynamic) = (node.wild, first) {
                self.nodes_at(wild, rest, bounds, see);
            }
        } else {
            see(node);
        }
        bounds.leave();
    }

    fn nodes_in<'s>(
        &'s self,
        ty: TyId,
        path: &[Step<'_>],
        bounds: &mut Bounds,
        see: &mut dyn FnMut(&'s Node),
    ) {
        if !bounds.enter() {
            return;
        }
        match (self.ty(ty), path.split_first()) {
            (Ty::Sub(node) | Ty::Tag(node), _) => self.nodes_at(*node, path, bounds, see),
            (Ty::Null(inner) | Ty::Checked(inner), _) => self.nodes_in(*inner, path, bounds, see),
            (Ty::Either(a, b) | Ty::Coerced(a, b), _) => {
                self.nodes_in(*a, path, bounds, see);
                self.nodes_in(*b, path, bounds, see);
            }
            (Ty::Attrs(item), Some((Step::Name(_) | Step::Dynamic, rest)))
            | (Ty::List(item, _), Some((Step::Item, rest)))
            | (Ty::Fun(item), Some((Step::Body, rest))) => self.nodes_in(*item, rest, bounds, see),
            _ => {}
        }
        bounds.leave();
    }

    pub(crate) fn kid(&self, node: &Node, step: &Step<'_>) -> Option<NodeId> {
        let Step::Name(name) = step else { return None };
        let kids = self.kids_of(node);
        let index = kids.binary_search_by(|(sym, _)| self.name(*sym).cmp(name));
        Some(kids[index.ok()?].1)
    }
}

impl<'s> Search<'s, '_> {
    fn open(&self, reason: Option<ReasonId>) -> Answer<'s> {
        Answer::Open {
            schema: self.schema,
            reason,
        }
    }

    /// What is said of the rest of the path, which begins with the segment `at`, from a node.
    fn node(&mut self, id: NodeId, at: usize, under: Under) -> Answer<'s> {
        if !self.bounds.enter() {
            return self.open(None);
        }
        let answer = self.node_inside(id, at, under);
        self.bounds.leave();
        answer
    }

    fn node_inside(&mut self, id: NodeId, at: usize, under: Under) -> Answer<'s> {
        let schema = self.schema;
        let node = schema.node(id);
        let mut best = Answer::Unknown { at, under };
        let Some(step) = self.path.get(at) else {
            // The path ends here.
            let decls: Vec<Decl<'s>> = schema
                .opts_of(node)
                .iter()
                .map(|id| Decl {
                    schema,
                    opt: schema.opt(*id),
                })
                .collect();
            return match decls.first() {
                Some(decl) if decl.opt.kind != Kind::Option => Answer::Marker {
                    decl: *decl,
                    len: at,
                },
                Some(_) => Answer::Option(decls),
                None => Answer::Group,
            };
        };
        for id in schema.opts_of(node) {
            let opt = schema.opt(*id);
            best = best.or(if opt.kind.is_marker() {
                Answer::Marker {
                    decl: Decl { schema, opt },
                    len: at,
                }
            } else {
                self.ty(opt.ty, at)
            });
        }
        if let Some(kid) = schema.kid(node, step) {
            best = best.or(self.node(kid, at + 1, Under::Group));
        }
        if let (Step::Name(_) | Step::Dynamic, Some(wild)) = (step, node.wild) {
            best = best.or(self.node(wild, at + 1, Under::Group));
        }
        // A computed name may be any of those that are declared.
        if *step == Step::Dynamic && !schema.kids_of(node).is_empty() {
            best = best.or(self.open(None));
        }
        if node.open.is_some() {
            best = best.or(self.open(node.open));
        }
        best
    }

    /// What is said of the rest of the path from a value of a type.
    fn ty(&mut self, id: TyId, at: usize) -> Answer<'s> {
        if !self.bounds.enter() {
            return self.open(None);
        }
        let answer = self.ty_inside(id, at);
        self.bounds.leave();
        answer
    }

    fn ty_inside(&mut self, id: TyId, at: usize) -> Answer<'s> {
        let schema = self.schema;
        let Some(step) = self.path.get(at) else {
            return Answer::Element(vec![TyRef { schema, id }]);
        };
        let leaf = Answer::Unknown {
            at,
            under: Under::Leaf,
        };
        match schema.ty(id) {
            Ty::Unknown | Ty::Format(_) | Ty::Free(_) | Ty::Opaque(_) => self.open(None),
            // A set may stand for these: a derivation.
            Ty::Path | Ty::Package => self.open(None),
            Ty::Bool
            | Ty::Int(..)
            | Ty::Float
            | Ty::Number
            | Ty::Str(_)
            | Ty::Match(_)
            | Ty::Enum(..) => leaf,
            Ty::List(item, _) => match step {
                Step::Item => self.ty(*item, at + 1),
                _ => leaf,
            },
            Ty::Attrs(item) => match step {
                Step::Name(_) | Step::Dynamic => self.ty(*item, at + 1),
                _ => leaf,
            },
            Ty::Fun(to) => match step {
                Step::Body => self.ty(*to, at + 1),
                // A set with `__functor`.
                _ => self.open(None),
            },
            Ty::Null(inner) | Ty::Checked(inner) => self.ty(*inner, at),
            Ty::Either(a, b) => {
                let a = self.ty(*a, at);
                a.or(self.ty(*b, at))
            }
            // What is coerced is not looked into: a set of any shape may be made into the other.
            Ty::Coerced(from, to) => {
                let from = match self.ty(*from, at) {
                    from @ Answer::Unknown {
                        under: Under::Leaf, ..
                    } => from,
                    from => from.or(self.open(None)),
                };
                from.or(self.ty(*to, at))
            }
            Ty::Sub(node) | Ty::Tag(node) => match step {
                Step::Name(_) | Step::Dynamic => self.node(*node, at, Under::Sub),
                _ => leaf,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Builder, Class, Tier};
    use crate::ty::StrKind;

    /// `a.b` is a boolean, `a.c` a set of submodules `{ d : list of string }`, `a.old` renamed; `e` is open.
    fn schema() -> Schema {
        let mut it = Builder::new(Some(Class::Home), Tier::Exact);
        let file = it.file("<hm>/a.nix");
        let bool = it.ty(Ty::Bool);
        let str = it.ty(Ty::Str(StrKind::Any));
        let list = it.ty(Ty::List(str, false));
        let inner = it.node();
        let d = it.kid(inner, "d");
        let option = it.option(list, file);
        it.declare(d, option);
        let sub = it.ty(Ty::Sub(inner));
        let attrs = it.ty(Ty::Attrs(sub));
        let a = it.kid(Schema::ROOT, "a");
        for (name, ty) in [("b", bool), ("c", attrs)] {
            let node = it.kid(a, name);
            let option = it.option(ty, file);
            it.declare(node, option);
        }
        let old = it.kid(a, "old");
        let mut marker = it.option(bool, file);
        marker.kind = Kind::Renamed;
        it.to(&mut marker, ["a", "b"]);
        it.declare(old, marker);
        let e = it.kid(Schema::ROOT, "e");
        it.open(e, "imports something computed", Some(file));
        it.finish()
    }

    #[test]
    fn answers() {
        let schema = schema();
        let say = |path: &str| match schema.find_names(&path.split('.').collect::<Vec<_>>()) {
            Answer::Option(decls) => decls[0].ty().describe(),
            Answer::Marker { decl, len } => format!("{len} {:?}", decl.to()),
            Answer::Element(tys) => format!("element {}", tys[0].describe()),
            Answer::Group => "group".to_owned(),
            Answer::Open { reason, .. } => {
                format!("open {:?}", reason.map(|it| schema.reason(it).0))
            }
            Answer::Unknown { at, under } => format!("unknown {at} {under:?}"),
        };
        assert_eq!(say("a.b"), "boolean");
        assert_eq!(say("a.b.x"), "unknown 2 Leaf");
        assert_eq!(say("a.c"), "attribute set of submodule");
        assert_eq!(say("a.c.x"), "element submodule");
        assert_eq!(say("a.c.x.d"), "list of string");
        assert_eq!(say("a.c.x.dd.y"), "unknown 3 Sub");
        assert_eq!(say("a.old.q"), "2 Some([\"a\", \"b\"])");
        assert_eq!(say("a.bb"), "unknown 1 Group");
        assert_eq!(say("a"), "group");
        assert_eq!(say("e.x.y"), "open Some(\"imports something computed\")");
        let at = [Step::Name("a"), Step::Name("c"), Step::Name("*")];
        assert_eq!(schema.names_below(&at), ["d"]);
        assert_eq!(schema.nearest(&[Step::Name("a")], "oldd"), Some("old"));
        let mut all = Vec::new();
        schema.for_each(|path, _| {
            let path: Vec<String> = path.iter().map(ToString::to_string).collect();
            all.push(path.join("."));
        });
        assert_eq!(all, ["a.b", "a.c", "a.c.<name>.d", "a.old"]);
    }

    #[test]
    fn literals() {
        let schema = schema();
        let Answer::Option(decls) = schema.find_names(&["a", "c", "x", "d"]) else {
            panic!("an option");
        };
        let list = |items: &[Literal]| decls[0].ty().judge(&Literal::List(items.to_vec()));
        let text = || Literal::Str("x".into());
        assert_eq!(list(&[text()]), Verdict::Accept);
        assert_eq!(list(&[text(), Literal::Other]), Verdict::Undecided);
        assert!(
            matches!(list(&[text(), Literal::Int(1)]), Verdict::Reject { at, .. } if at == [1])
        );
        assert!(decls[0].ty().judge(&text()).rejects());
    }
}
