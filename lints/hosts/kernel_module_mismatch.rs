//! A kernel that zfs does not follow.

use lint_api::prelude::*;
use lint_api::repo::class::Class;
use lint_api::repo::dated::LEADING_KERNELS;
use lint_api::repo::outline::{Node, Shape};
use lint_api::repo::settings::Setting;

/// The lint.
pub static LINT: Lint = Lint {
    name: "kernel-module-mismatch",
    group: Group::Hosts,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "a latest/custom kernel on a host with zfs and no kernel that zfs supports; deprecated latestCompatibleLinuxPackages",
    page: include_str!("kernel_module_mismatch.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const KERNEL: [&str; 2] = ["boot", "kernelPackages"];
const ZFS: [&str; 3] = ["boot", "zfs", "package"];

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for it in repo.system_settings(&KERNEL) {
        let text = it.file.text.contents();
        let value = it.file.facts.outline.covering(text, it.definition.value_at);
        let named = value.and_then(|value| {
            let is = |node: &Node<'_>| node.is(SyntaxKind::NODE_IDENT) && node.text() == "latestCompatibleLinuxPackages";
            value.descendants().find(is)
        });
        if let Some(name) = named {
            cx.report(it.span(name.range()), "`latestCompatibleLinuxPackages` is deprecated: it is the default kernel now")
                .note("it may also step back to an older kernel when a series reaches its end")
                .help("remove the line, or pin a series that zfs builds for");
        }
    }
    let mut said: Vec<Span> = Vec::new();
    for host in repo.hosts.all.iter().filter(|host| host.class == Class::Nixos && !host.ephemeral) {
        let (Some(name), Some(zfs)) = (host.name.known(), repo.zfs_of(host)) else {
            continue;
        };
        // `zfs_unstable` and the like follow faster.
        if repo.settings().matching(repo, &ZFS).any(|it| it.on(host).is_some()) {
            continue;
        }
        let kernels: Vec<Setting<'_>> =
            repo.settings().matching(repo, &KERNEL).filter(|it| it.on(host).is_some()).collect();
        let Some(least) = kernels.iter().map(Setting::priority).min() else {
            continue;
        };
        let [kernel] = kernels.iter().filter(|it| it.priority() == least).collect::<Vec<_>>()[..] else {
            continue;
        };
        if kernel.on(host) != Some(true) || said.contains(&kernel.value_at()) {
            continue;
        }
        let Some(package) = kernel.value_node().and_then(leading) else {
            continue;
        };
        said.push(kernel.value_at());
        cx.report(kernel.value_at(), format!("`{package}` on host `{name}`, which uses zfs: zfs often does not build for the newest kernel"))
            .raise(i8::from(package.ends_with("testing")))
            .soften(i8::from(kernel.has_reason()))
            .label_at(zfs, "zfs is in use here")
            .help("drop the line, the default kernel is one that zfs builds for, or pin a series");
    }
}

/// The last name of a kernel set that runs ahead: `pkgs.linuxPackages_latest`, `pkgs.linuxKernel.packages.linux_zen`.
fn leading(node: Node<'_>) -> Option<String> {
    let Shape::Select { path, .. } = node.shape() else {
        return None;
    };
    let name = path.keys().last()?.name()?.to_owned();
    let end = name.strip_prefix("linuxPackages_").or_else(|| name.strip_prefix("linux_"))?;
    LEADING_KERNELS.contains(&end).then_some(name)
}
