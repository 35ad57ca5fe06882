# nivis: allow(lock-missing) a consumer brings nixpkgs along: `inputs.nivis.inputs.nixpkgs.follows = "nixpkgs"`
{
  description = "A static linter for Nix configuration repositories";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      forAllSystems =
        make:
        builtins.listToAttrs (
          map (system: {
            name = system;
            value = make system nixpkgs.legacyPackages.${system};
          }) systems
        );
      package =
        pkgs:
        pkgs.rustPlatform.buildRustPackage {
          pname = "nivis";
          version = (builtins.fromTOML (builtins.readFile ./Cargo.toml)).workspace.package.version;
          src = self;
          cargoLock.lockFile = ./Cargo.lock;
          # The tests compare with other tools; the gate of the repository runs them.
          doCheck = false;
          nativeBuildInputs = [ pkgs.installShellFiles ];
          postInstall = ''
            mkdir man
            $out/bin/nivis man --dir man
            installManPage man/*.1
            for shell in bash zsh fish; do
              $out/bin/nivis completions $shell > nivis.$shell
            done
            installShellCompletion nivis.{bash,zsh,fish}
          '';
          meta = {
            description = "A static linter for Nix configuration repositories";
            license = with pkgs.lib.licenses; [
              mit
              asl20
            ];
            mainProgram = "nivis";
          };
        };
      # A check that fails on findings; with `gate = false` only on what could not be checked. Its output holds the reports.
      mkCheck =
        {
          pkgs,
          nivis,
          src,
          project ? "configuration",
          gate ? true,
        }:
        pkgs.runCommand "nivis-${project}"
          {
            nativeBuildInputs = [ nivis ];
            inherit src project;
          }
          ''
            mkdir -p "$out"
            rc=0
            nivis check --root "$src" --vcs none --project "$project" --format full \
              --output-file json="$out/report.json" --output-file sarif="$out/report.sarif" || rc=$?
            [ "$rc" -ne 2 ] || exit 2
            ${if gate then ''exit "$rc"'' else "exit 0"}
          '';
    in
    {
      packages = forAllSystems (
        _: pkgs: {
          default = package pkgs;
          nivis = package pkgs;
        }
      );

      overlays.default = final: _: { nivis = package final; };

      devShells = forAllSystems (
        _: pkgs: {
          default = pkgs.mkShell {
            packages = [
              pkgs.cargo
              pkgs.clippy
              pkgs.rustc
              pkgs.rustfmt
            ];
          };
        }
      );

      checks = forAllSystems (
        system: pkgs: {
          nivis = mkCheck {
            inherit pkgs;
            nivis = self.packages.${system}.default;
            src = self;
            project = "nivis";
          };
        }
      );

      lib = { inherit mkCheck; };

      templates.default = {
        path = ./docs/integrations/template;
        description = "A flake whose checks run nivis";
      };
    };
}
