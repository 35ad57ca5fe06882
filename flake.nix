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
          pathPrefix ? "",
          gate ? true,
        }:
        pkgs.runCommand "nivis-${project}"
          {
            nativeBuildInputs = [ nivis ];
            inherit src project pathPrefix;
          }
          ''
            mkdir -p "$out"
            rc=0
            nivis check --root "$src" --vcs none --no-cache --project "$project" --path-prefix "$pathPrefix" --format full \
              --output-file json="$out/report.json" --output-file sarif="$out/report.sarif" || rc=$?
            [ "$rc" -ne 2 ] || exit 2
            ${if gate then ''exit "$rc"'' else "exit 0"}
          '';
      # One report of many repositories, an attribute set of sources by name, whatever is found in them.
      mkFleet =
        {
          pkgs,
          nivis,
          repos,
        }:
        let
          report =
            project: src:
            mkCheck {
              inherit
                pkgs
                nivis
                project
                src
                ;
              pathPrefix = "${project}/";
              gate = false;
            };
          reports = builtins.attrValues (builtins.mapAttrs report repos);
        in
        pkgs.runCommand "nivis-fleet" { nativeBuildInputs = [ nivis ]; } ''
          mkdir -p "$out"
          nivis merge --exit-zero ${toString (map (it: "${it}/report.json") reports)} --format concise \
            --output-file json="$out/report.json" --output-file sarif="$out/report.sarif" \
            --output-file markdown="$out/summary.md"
        '';
      nivisFlake = self;
      # For flake-parts: `imports = [ inputs.nivis.flakeModules.default ];` makes a check of the flake that imports it.
      flakeModule =
        {
          self,
          lib,
          flake-parts-lib,
          ...
        }:
        {
          options.perSystem = flake-parts-lib.mkPerSystemOption (
            {
              config,
              pkgs,
              system,
              ...
            }:
            let
              cfg = config.nivis;
            in
            {
              options.nivis = {
                enable = lib.mkOption {
                  type = lib.types.bool;
                  default = true;
                  description = "Whether `nix flake check` runs nivis.";
                };
                package = lib.mkOption {
                  type = lib.types.package;
                  default = nivisFlake.packages.${system}.default;
                  defaultText = lib.literalExpression "inputs.nivis.packages.\${system}.default";
                  description = "The nivis that runs.";
                };
                src = lib.mkOption {
                  type = lib.types.path;
                  default = self;
                  defaultText = lib.literalExpression "self";
                  description = "The repository that is checked.";
                };
                project = lib.mkOption {
                  type = lib.types.str;
                  default = "configuration";
                  description = "What reports call the repository.";
                };
                gate = lib.mkOption {
                  type = lib.types.bool;
                  default = true;
                  description = "Whether findings make the check fail; what cannot be checked always does.";
                };
              };
              config.checks = lib.mkIf cfg.enable {
                nivis = mkCheck {
                  inherit pkgs;
                  nivis = cfg.package;
                  inherit (cfg) src project gate;
                };
              };
            }
          );
        };
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

      lib = { inherit mkCheck mkFleet; };

      flakeModules.default = flakeModule;

      templates.default = {
        path = ./docs/integrations/template;
        description = "A flake whose checks run nivis";
      };
    };
}
