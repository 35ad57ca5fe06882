//! Disks named by the order in which the kernel finds them.

use lint_api::prelude::*;
use lint_api::repo::definitions::Value;
use lint_api::repo::settings::Setting;

/// The lint.
pub static LINT: Lint = Lint {
    name: "raw-device-path",
    group: Group::Hosts,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "`/dev/sda1` in fileSystems, swap, LUKS",
    page: include_str!("raw_device_path.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const PLACES: [&[&str]; 4] = [
    &["fileSystems", "*", "device"],
    &["swapDevices", "*", "device"],
    &["boot", "initrd", "luks", "devices", "*", "device"],
    &["boot", "resumeDevice"],
];

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for path in PLACES {
        for it in repo.system_settings(path) {
            let Value::Str(device) = &it.definition.value else {
                continue;
            };
            let Some(kind) = raw(device) else { continue };
            if is_virtual(repo, &it) || repo.settings().is_overridden(repo, &it, &literal(&it)) {
                continue;
            }
            // A board with one card, or one drive of its kind: the comment says so.
            if kind == Disk::Card && it.has_reason() {
                continue;
            }
            let reason = i8::from(it.has_reason());
            cx.report(it.value_at(), format!("`{device}` may name another disk after the next boot"))
                .soften(reason)
                .help("name it by what does not change: `/dev/disk/by-uuid/…`, `by-partuuid`, `by-label`; `lsblk -f` shows them");
        }
    }
}

/// The path of a definition, when it has names only.
fn literal<'a>(it: &Setting<'a>) -> Vec<&'a str> {
    (0..it.path().len()).map_while(|nth| it.name(nth)).collect()
}

#[derive(PartialEq, Eq)]
enum Disk {
    Drive,
    Card,
}

/// Whether a path names a disk by its number.
fn raw(device: &str) -> Option<Disk> {
    let name = device.strip_prefix("/dev/")?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    for prefix in ["sd", "hd"] {
        if let Some(rest) = name.strip_prefix(prefix) {
            let letters = rest.trim_end_matches(|c: char| c.is_ascii_digit());
            let plain = !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_lowercase());
            return plain.then_some(Disk::Drive);
        }
    }
    let (rest, disk) = match name.strip_prefix("nvme") {
        Some(rest) => (rest.split_once('n').filter(|(number, _)| digits(number))?.1, Disk::Drive),
        None => (name.strip_prefix("mmcblk")?, Disk::Card),
    };
    let numbered = match rest.split_once('p') {
        Some((number, part)) => !number.is_empty() && digits(number) && !part.is_empty() && digits(part),
        None => !rest.is_empty() && digits(rest),
    };
    numbered.then_some(disk)
}

/// Whether the machine is virtual: its host decides about the order of its disks.
fn is_virtual(repo: &Repo, it: &Setting<'_>) -> bool {
    let words = ["qemu-guest", "virtualisation/", "/profiles/headless", "google-compute", "amazon-image"];
    let names = |text: &str| words.iter().any(|word| text.contains(word));
    let text = it.file.text.contents();
    if text.contains("qemu-guest.nix") || text.contains("/virtualisation/") {
        return true;
    }
    // Drivers of virtual disks, here or in a module that it imports: `imports = [ ../qemu.nix ];`.
    let drivers = ["virtio_blk", "virtio_scsi", "virtio_pci", "hv_storvsc", "xen-blkfront", "vmw_pvscsi"];
    let has_drivers = |file: FileId| {
        let text = repo.file(file).text.contents();
        drivers.iter().any(|driver| text.contains(driver))
    };
    if has_drivers(it.file.id) || repo.imports.targets(it.file.id).iter().any(|(to, _)| has_drivers(*to)) {
        return true;
    }
    let mut hosts = repo.hosts.perhaps_of(it.file.id).peekable();
    hosts.peek().is_some()
        && hosts.all(|(_, host)| host.foreign.iter().any(|(module, _)| names(module)))
}
