//! Schemas that were read before: found by what they were read from, so that they are never out of date.
//!
//! A damaged entry is as if it were not there. Nothing is written here: whoever writes is handed the bytes.

use std::path::Path;
use std::sync::Arc;

use options::Schema;

use crate::disk::Folder;

/// What every entry begins with.
const MAGIC: &[u8; 8] = b"nivisop2";
/// Bytes of an entry that is read. That of NixOS has about a million.
const LARGEST: u64 = 16 << 20;

/// A schema that was read anew.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The name of its file.
    pub name: String,
    /// What is in it.
    pub schema: Arc<Schema>,
}

impl Entry {
    /// The contents of its file; `None` when it cannot be written down.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        encode(&self.schema)
    }
}

/// The folder of entries.
#[derive(Debug, Default)]
pub struct Cache {
    folder: Option<Folder>,
}

impl Cache {
    /// Opens the folder; one that cannot be opened is empty.
    #[must_use]
    pub fn new(folder: Option<&Path>) -> Cache {
        Cache {
            folder: folder.and_then(|it| Folder::open(it).ok()),
        }
    }

    /// Whether there is an entry of this name, whole or not.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        let folder = self.folder.as_ref();
        folder.is_some_and(|folder| folder.has(name.as_bytes()))
    }

    /// An entry that is whole.
    #[must_use]
    pub fn read(&self, name: &str) -> Option<Schema> {
        let (bytes, _) = self.folder.as_ref()?.read(name.as_bytes(), LARGEST).ok()?;
        decode(&bytes)
    }
}

/// The name of an entry: of everything that the schema depends on.
#[must_use]
pub fn key(class: &str, nar_hash: &str, below: &str, nixpkgs: Option<&str>) -> String {
    let mut hasher = blake3::Hasher::new();
    let version = options::VERSION.to_string();
    let parts = [
        env!("CARGO_PKG_VERSION"),
        &version,
        class,
        nar_hash,
        below,
        nixpkgs.unwrap_or("none"),
    ];
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    format!("{}.schema", &hasher.finalize().to_hex()[..40])
}

/// The magic, a checksum of the rest, the schema. It is not packed: that would take longer than to read the rest.
fn encode(schema: &Schema) -> Option<Vec<u8>> {
    let plain = schema.encode()?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(blake3::hash(&plain).as_bytes());
    bytes.extend_from_slice(&plain);
    Some(bytes)
}

fn decode(bytes: &[u8]) -> Option<Schema> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (sum, plain) = rest.split_at_checked(32)?;
    if blake3::hash(plain).as_bytes() != sum {
        return None;
    }
    Schema::decode(plain)
}

#[cfg(test)]
mod tests {
    use options::{Builder, Class, Tier, Ty};

    use super::*;

    fn schema() -> Schema {
        let mut it = Builder::new(Some(Class::Home), Tier::Exact);
        let file = it.file("<home-manager>/a.nix");
        let ty = it.ty(Ty::Bool);
        let a = it.kid(Schema::ROOT, "a");
        let mut option = it.option(ty, file);
        it.to(&mut option, ["b", "c d"]);
        it.declare(a, option);
        it.open(a, "why", Some(file));
        it.finish()
    }

    #[test]
    fn there_and_back() {
        let schema = schema();
        let bytes = encode(&schema).unwrap();
        assert_eq!(decode(&bytes), Some(schema));
        for end in 0..bytes.len() {
            assert_eq!(decode(&bytes[..end]), None, "cut at {end}");
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(decode(&damaged), None, "damaged at {at}");
        }
    }

    /// An entry of an older version, or of nobody.
    #[test]
    fn what_is_no_entry() {
        assert_eq!(decode(b""), None);
        assert_eq!(decode(b"nivisop1 and something"), None);
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(blake3::hash(b"").as_bytes());
        assert_eq!(decode(&bytes), None);
    }

    #[test]
    fn keys_differ() {
        let keys = [
            key("home", "sha256-x", "", None),
            key("home", "sha256-y", "", None),
            key("nixos", "sha256-x", "", None),
            key("home", "sha256-x", "", Some("sha256-y")),
        ];
        let unique: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(unique.len(), keys.len());
    }
}
