# Every option of a tree, as real Nix sees it: names, types, flags; to hold the extractor against.
#
# Nothing is built and nothing of a configuration is evaluated: packages are stubs.
{
  # "home", "darwin", "nixos", or "mini": the tree beside this file
  kind,
  # The folder of the tree.
  tree,
  # The folder of nixpkgs' library.
  lib,
  # Every `pkgs.a.b` that the tree mentions: { a.b = { }; }, as JSON.
  packages ? "{}",
  # What `options.json` of this tree would hold, in place of every option.
  docs ? false,
}:
let
  base = import lib;
  extended =
    if kind == "home" then import (tree + "/modules/lib/stdlib-extended.nix") base else base;

  fake =
    name:
    let
      self = {
        type = "derivation";
        inherit name;
        pname = name;
        version = "1.0";
        outPath = "/nix/store/00000000000000000000000000000000-" + name;
        drvPath = "/nix/store/00000000000000000000000000000000-" + name + ".drv";
        outputs = [ "out" ];
        out = self;
        dev = self;
        lib = self;
        meta = { mainProgram = name; };
        passthru = { };
        override = _: self;
        overrideAttrs = _: self;
        __functor = _: _: self;
        __toString = _: self.outPath;
      };
    in
    self;
  fakes = names: base.mapAttrs (name: inner: fake name // fakes inner) names;

  format = _: _: _: {
    type = base.types.attrsOf base.types.anything;
    generate = name: _: fake name;
    lib.types.atom =
      with base.types;
      nullOr (oneOf [
        bool
        int
        float
        str
      ]);
  };
  known = [
    "cdn"
    "configobj"
    "elixirConf"
    "gitIni"
    "hcl1"
    "hocon"
    "ini"
    "iniWithGlobalSection"
    "javaProperties"
    "json"
    "keyValue"
    "libconfig"
    "lua"
    "nixConf"
    "php"
    "plist"
    "pythonVars"
    "ron"
    "systemd"
    "toml"
    "xml"
    "yaml"
  ];
  mentioned = builtins.fromJSON packages;
  system = if kind == "darwin" then "aarch64-darwin" else "x86_64-linux";
  pkgs = fakes mentioned // {
    inherit system;
    lib = extended;
    formats = base.mapAttrs format (base.genAttrs known (_: { }) // mentioned.formats or { });
    stdenv = fake "stdenv" // rec {
      hostPlatform = base.systems.elaborate system;
      buildPlatform = hostPlatform;
      targetPlatform = hostPlatform;
      isLinux = hostPlatform.isLinux;
      isDarwin = hostPlatform.isDarwin;
    };
    path = ./nixpkgs;
    config = { };
    overlays = [ ];
  };

  # Leaves out what needs all of nixpkgs.
  without =
    name: builtins.filter (it: !(builtins.isPath it && base.hasSuffix name (toString it)));

  evaluated = extended.evalModules {
    modules =
      (
        if kind == "home" then
          without "/services-modular" (
            import (tree + "/modules/modules.nix") {
              inherit pkgs;
              lib = extended;
              check = false;
            }
          )
        else if kind == "darwin" then
          import (tree + "/modules/module-list.nix")
        else if kind == "nixos" then
          import (tree + "/nixos/modules/module-list.nix")
        else
          [ (tree + "/default.nix") ]
      )
      ++ [
        {
          _module.check = false;
          _module.args = { inherit pkgs; };
        }
      ];
    specialArgs = {
      inherit pkgs;
      modulesPath = toString (tree + (if kind == "nixos" then "/nixos/modules" else "/modules"));
    }
    // base.optionalAttrs (kind == "home") { osConfig = null; }
    // base.optionalAttrs (kind == "nixos") {
      utils = import (tree + "/nixos/lib/utils.nix") pkgs;
      baseModules = [ ];
    };
  };

  or' =
    default: value:
    let
      tried = builtins.tryEval value;
    in
    if tried.success then tried.value else default;

  walk =
    options:
    builtins.concatLists (
      map (
        name:
        let
          it = options.${name};
        in
        if name == "_module" then
          [ ]
        else if it._type or null == "option" then
          one it
        else if builtins.isAttrs it then
          walk it
        else
          [ ]
      ) (builtins.attrNames options)
    );
  one =
    option:
    let
      visible = or' true (option.visible or true);
      type = option.type or base.types.unspecified;
      below =
        if visible == true && builtins.length option.loc < 11 then
          or' [ ] (
            let
              sub = walk (type.getSubOptions option.loc);
            in
            builtins.deepSeq sub sub
          )
        else
          [ ];
    in
    [
      {
        inherit (option) loc;
        type = or' "?" (type.name or "?");
        inherit visible;
        internal = or' false (option.internal or false);
        readOnly = or' false (option.readOnly or false);
      }
    ]
    ++ below;
  documented = builtins.filter (it: it.visible && !it.internal) (
    base.optionAttrSetToDocList evaluated.options
  );
in
if docs then
  builtins.listToAttrs (
    map (it: {
      inherit (it) name;
      value = {
        inherit (it) loc readOnly;
        description = null;
        type = or' "unspecified" it.type;
        declarations = map (file: base.removePrefix (toString tree + "/") (toString file)) it.declarations;
      };
    }) documented
  )
else
  walk evaluated.options
