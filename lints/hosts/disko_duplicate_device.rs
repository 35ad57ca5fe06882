//! Two disks of disko on one device.

use lint_api::prelude::*;
use lint_api::repo::definitions::Value;
use lint_api::repo::settings::{Setting, in_file};

/// The lint.
pub static LINT: Lint = Lint {
    name: "disko-duplicate-device",
    group: Group::Hosts,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "two disko disks on one device",
    page: include_str!("disko_duplicate_device.md"),
    options: Options::NONE,
    check: Check::File(check),
};

const DEVICE: [&str; 5] = ["disko", "devices", "disk", "*", "device"];

fn check(cx: &mut FileCx<'_>) {
    let file = cx.file;
    if !file.speaks_of(Topic::Disko) {
        return;
    }
    let mut seen: Vec<(&str, &str, Setting<'_>)> = Vec::new();
    for it in in_file(file, &DEVICE) {
        // Elements of a list of modules may belong to different machines, branches of a condition to different worlds.
        if it.inline || it.is_conditional() {
            continue;
        }
        let (Some(name), Value::Str(device)) = (it.name(3), &it.definition.value) else {
            continue;
        };
        if !device.starts_with("/dev/") {
            continue;
        }
        let same = seen.iter().find(|(other, path, before)| {
            *path == &**device && *other != name && before.within == it.within && before.prefix() == it.prefix()
        });
        if let Some((other, _, before)) = same {
            cx.report(it.definition.value_at, format!("disks `{other}` and `{name}` are both `{device}`"))
                .label(before.definition.value_at, format!("the device of `{other}`"))
                .note("disko partitions one after the other: the second wipes the first")
                .help("`ls -l /dev/disk/by-id` shows the names of all disks");
        }
        seen.push((name, device, it));
    }
}
