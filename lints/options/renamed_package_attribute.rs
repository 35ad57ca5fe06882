//! Attributes of nixpkgs that have another name now.

use lint_api::prelude::*;
use lint_api::repo::old_packages::Written;
use lint_api::repo::schema::renames::Fate;

/// The lint.
pub static LINT: Lint = Lint {
    name: "renamed-package-attribute",
    group: Group::Options,
    level: Level::Warn,
    fix: FixKind::Safe,
    summary: "`pkgs.system`, `pkgs.hostPlatform`, other renamed nixpkgs attributes",
    page: include_str!("renamed_package_attribute.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    for it in cx.repo.old_packages() {
        let at = Span { file: it.file, range: it.at };
        let finding = cx.report(at, format!("`{}` of nixpkgs is now `{}`", it.old, it.row.new));
        if it.early {
            finding.note("nixpkgs warns of it since 25.11; the new name is in every release that is supported");
            finding.soften(1);
        } else {
            let since = it.row.since;
            finding.note(format!("since {:02}.{:02}: {}", since / 100, since % 100, it.row.summary));
        }
        if it.row.fate != Fate::Renamed {
            continue;
        }
        let fix = Fix::safe("write the new name");
        finding.fix_if(match it.written {
            Written::Attribute | Written::Bare => Some(fix.replace(it.at, it.row.new)),
            Written::Inherited { from } => {
                let (set, name) = it.row.new.rsplit_once('.').unwrap_or(("", it.row.new));
                (!set.is_empty() && name == it.old).then(|| fix.insert(from, format!(".{set}")))
            }
            Written::InheritedBeside => None,
        });
    }
}
