//! From a revision as people write it to a commit: `HEAD`, branches, tags, full names, ids, `^`, `~N`, `REV...`.

use std::collections::{BTreeMap, BinaryHeap};

use super::{GitDir, Id, LARGE, SMALL, objects::Missing};

/// Why a revision leads to no commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// No branch, tag or object has this name.
    Unknown,
    /// Several objects begin with these digits.
    Ambiguous,
    /// It is not written as a revision is.
    Malformed,
    /// The name is known, the object is not here.
    Absent,
    /// Damaged, or over a limit.
    Damaged,
    /// HEAD has no commit yet.
    Unborn,
    /// The two have no common ancestor here.
    Unrelated,
}

impl From<Missing> for Lost {
    fn from(missing: Missing) -> Lost {
        match missing {
            Missing::Absent => Lost::Absent,
            Missing::TooBig | Missing::Damaged | Missing::Spent => Lost::Damaged,
        }
    }
}

/// The most commits that a search for a common ancestor looks at.
const MOST_COMMITS: usize = 1_000_000;
/// The furthest that `~N` goes back.
const FURTHEST: u32 = 1_000_000;

impl GitDir {
    /// The commit of HEAD; `None` before the first commit.
    #[must_use]
    pub fn head(&self) -> Option<Id> {
        self.reference("HEAD")
    }

    /// The commit that a revision names.
    ///
    /// # Errors
    /// See [`Lost`].
    pub fn resolve(&self, revision: &str) -> Result<Id, Lost> {
        if let Some(one) = revision.strip_suffix("...") {
            let one = self.resolve(one)?;
            let head = self.head().ok_or(Lost::Unborn)?;
            return self.merge_base(one, head);
        }
        let end = revision.find(['^', '~']).unwrap_or(revision.len());
        let (name, mut steps) = revision.split_at(end);
        let mut id = self.named(name)?;
        id = self.commit(&id)?.0;
        while let Some(step) = steps.chars().next() {
            steps = &steps[1..];
            if let Some(rest) = steps.strip_prefix("{commit}").or(steps.strip_prefix("{}"))
                && step == '^'
            {
                steps = rest;
                continue;
            }
            let digits = steps
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(steps.len());
            let count = match &steps[..digits] {
                "" => 1,
                digits => digits.parse::<u32>().map_err(|_| Lost::Malformed)?,
            };
            steps = &steps[digits..];
            match step {
                '~' if count <= FURTHEST => {
                    for _ in 0..count {
                        id = self.parent(&id, 0)?;
                    }
                }
                '^' if count == 0 => {}
                '^' => id = self.parent(&id, count as usize - 1)?,
                _ => return Err(Lost::Malformed),
            }
        }
        Ok(id)
    }

    fn parent(&self, id: &Id, nth: usize) -> Result<Id, Lost> {
        let (id, commit) = self.commit(id)?;
        match commit.parents.get(nth) {
            Some(parent) => Ok(*parent),
            None if self.shallow.contains(&id) => Err(Lost::Absent),
            None => Err(Lost::Unknown),
        }
    }

    fn named(&self, name: &str) -> Result<Id, Lost> {
        if name.is_empty() {
            return Err(Lost::Malformed);
        }
        if let Some(id) = Id::from_hex(name.as_bytes()) {
            return Ok(id);
        }
        if matches!(name, "HEAD" | "@") {
            return self.head().ok_or(Lost::Unborn);
        }
        if !is_ref_name(&format!("refs/heads/{name}")) {
            return Err(Lost::Malformed);
        }
        // Does nothing for a short name.
        if let Some(id) = self.reference(name) {
            return Ok(id);
        }
        for folder in ["refs/", "refs/tags/", "refs/heads/", "refs/remotes/"] {
            if let Some(id) = self.reference(&format!("{folder}{name}")) {
                return Ok(id);
            }
        }
        if let Some(id) = self.reference(&format!("refs/remotes/{name}/HEAD")) {
            return Ok(id);
        }
        if name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return match self.objects.with_prefix(name).as_slice() {
                [] if self.is_shallow() => Err(Lost::Absent),
                [] => Err(Lost::Unknown),
                [id] => Ok(*id),
                _ => Err(Lost::Ambiguous),
            };
        }
        Err(Lost::Unknown)
    }

    /// What a full name leads to, through symbolic refs.
    fn reference(&self, name: &str) -> Option<Id> {
        let mut name = name.to_owned();
        for _ in 0..8 {
            if !is_ref_name(&name) {
                return None;
            }
            // HEAD and its like belong to the work tree, branches and tags to all.
            let own = !name.starts_with("refs/")
                || name.starts_with("refs/bisect/")
                || name.starts_with("refs/worktree/");
            let folder = if own { &self.own } else { &self.common };
            let Ok((bytes, _)) = folder.read(name.as_bytes(), SMALL) else {
                return self.packed(&name);
            };
            let bytes = bytes.trim_ascii();
            match bytes.strip_prefix(b"ref:") {
                Some(next) => name = std::str::from_utf8(next.trim_ascii()).ok()?.to_owned(),
                None => return Id::from_hex(bytes),
            }
        }
        None
    }

    fn packed(&self, name: &str) -> Option<Id> {
        let (bytes, _) = self.common.read(b"packed-refs", LARGE).ok()?;
        bytes.split(|byte| *byte == b'\n').find_map(|line| {
            let (hex, rest) = line.split_at_checked(40)?;
            (rest.strip_prefix(b" ")? == name.as_bytes()).then(|| Id::from_hex(hex))?
        })
    }

    /// The newest commit that both descend from.
    ///
    /// # Errors
    /// See [`Lost`].
    pub fn merge_base(&self, a: Id, b: Id) -> Result<Id, Lost> {
        let mut queue = BinaryHeap::new();
        let mut marks: BTreeMap<Id, u8> = BTreeMap::new();
        for (id, mark) in [(a, 1), (b, 2)] {
            let (id, commit) = self.commit(&id)?;
            *marks.entry(id).or_default() |= mark;
            queue.push((commit.seconds, id));
        }
        let mut looked = 0;
        let mut cut = false;
        while let Some((_, id)) = queue.pop() {
            let mark = marks[&id];
            if mark == 3 {
                return Ok(id);
            }
            looked += 1;
            if looked > MOST_COMMITS {
                return Err(Lost::Damaged);
            }
            cut |= self.shallow.contains(&id);
            for parent in self.commit(&id)?.1.parents {
                let known = marks.entry(parent).or_default();
                if *known | mark != *known {
                    *known |= mark;
                    queue.push((self.commit(&parent)?.1.seconds, parent));
                }
            }
        }
        Err(if cut { Lost::Absent } else { Lost::Unrelated })
    }
}

/// Whether a name may be looked up below the git directory: `refs/…`, or `HEAD` and its like; never `config`.
fn is_ref_name(name: &str) -> bool {
    let special = name.ends_with("HEAD")
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let shaped = name.starts_with("refs/")
        && name.len() < 1000
        && !name.bytes().any(|byte| {
            byte < 0x20
                || matches!(
                    byte,
                    0x7f | b' ' | b'~' | b'^' | b':' | b'?' | b'*' | b'[' | b'\\'
                )
        })
        && name
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"))
        && !name.contains("..");
    special || shaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_are_refused() {
        for good in ["HEAD", "refs/heads/a-b/c", "FETCH_HEAD", "refs/tags/v1.0"] {
            assert!(is_ref_name(good), "{good}");
        }
        for bad in [
            "",
            "config",
            "index",
            "../x",
            "refs/../../x",
            "/etc/passwd",
            "refs/heads/",
            "refs/heads/a b",
            "refs/.x",
            "refs/a.lock",
        ] {
            assert!(!is_ref_name(bad), "{bad}");
        }
    }
}
