//! Whether a host uses zfs.
//!
//! Goal: the definition that makes a host load zfs, for sure and without a condition. Limits: positive evidence only;
//! a forced list of file systems without zfs takes the answer back.

use crate::definitions::Value;
use crate::hosts::Host;
use crate::settings::Setting;
use crate::{Repo, Span};

impl Repo {
    /// The first definition by which a host surely uses zfs.
    #[must_use]
    pub fn zfs_of(&self, host: &Host) -> Option<Span> {
        let settings = self.settings();
        let lists = [
            &["boot", "supportedFilesystems"][..],
            &["boot", "initrd", "supportedFilesystems"],
        ];
        let has_zfs = |it: &Setting<'_>| it.strings().0.iter().any(|(text, _)| text == "zfs");
        for list in lists {
            let forced = settings
                .matching(self, list)
                .any(|it| it.on(host).is_some() && it.priority() < 100 && !has_zfs(&it));
            if forced {
                return None;
            }
        }
        let off = |it: &Setting<'_>| it.definition.value == Value::Bool(false);
        let flags = [
            &["boot", "supportedFilesystems", "zfs"][..],
            &["boot", "initrd", "supportedFilesystems", "zfs"],
            &["boot", "zfs", "enabled"],
        ];
        if flags.iter().any(|path| {
            settings
                .matching(self, path)
                .any(|it| it.on(host).is_some() && off(&it))
        }) {
            return None;
        }
        for list in lists {
            if let Some(it) = settings.surely_on(self, host, list).find(has_zfs) {
                return Some(it.value_at());
            }
        }
        let on = |it: &Setting<'_>| it.definition.value == Value::Bool(true);
        for path in [
            flags[0],
            flags[1],
            &["services", "zfs", "autoScrub", "enable"],
            &["services", "zfs", "autoSnapshot", "enable"],
            &["services", "zfs", "trim", "enable"],
        ] {
            if let Some(it) = settings.surely_on(self, host, path).find(on) {
                return Some(it.value_at());
            }
        }
        let is_zfs =
            |it: &Setting<'_>| matches!(&it.definition.value, Value::Str(text) if &**text == "zfs");
        if let Some(it) = settings
            .surely_on(self, host, &["fileSystems", "*", "fsType"])
            .find(is_zfs)
        {
            return Some(it.value_at());
        }
        let pools = |it: &Setting<'_>| !it.strings().0.is_empty();
        settings
            .surely_on(self, host, &["boot", "zfs", "extraPools"])
            .find(pools)
            .map(|it| it.value_at())
    }
}
