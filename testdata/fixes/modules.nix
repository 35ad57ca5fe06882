# A small module system with the interface of nixpkgs' lib, as far as the modules beside it need it. Not the real one: see README.md.
let
  inherit (builtins)
    all attrNames concatMap elem filter foldl' hasAttr head isAttrs isBool isFunction isInt isList isString length listToAttrs map
    mapAttrs sort tail;

  # --- marks -------------------------------------------------------------------------------------------------------------------
  mkIf = condition: content: { _type = "if"; inherit condition content; };
  mkMerge = contents: { _type = "merge"; inherit contents; };
  mkOverride = priority: content: { _type = "override"; inherit priority content; };
  mkOrder = priority: content: { _type = "order"; inherit priority content; };

  is = mark: value: isAttrs value && (value._type or null) == mark;

  # A definition without its outer `mkMerge` and `mkIf`: any number of values, each perhaps with a priority and an order.
  values = value:
    if is "merge" value then concatMap values value.contents
    else if is "if" value then
      if !isBool value.condition then throw "`mkIf' called with a condition that is no boolean"
      else if value.condition then values value.content
      else [ ]
    else [ value ];

  # Marks around a set of options move to its members, without asking what the conditions are: names come first.
  sink = set:
    if is "merge" set then concatMap sink set.contents
    else if is "if" set then map (mapAttrs (_: mkIf set.condition)) (sink set.content)
    else if is "override" set then map (mapAttrs (_: mkOverride set.priority)) (sink set.content)
    else if is "order" set then throw "an order means nothing to a set of options"
    else [ set ];

  # --- the definitions of one option -------------------------------------------------------------------------------------------
  lowest = list: foldl' (a: b: if b < a then b else a) (head list) (tail list);

  # The values that count, in order.
  winners = definitions:
    let
      found = concatMap values definitions;
      priority = value: if is "override" value then value.priority else 100;
      content = value: if is "override" value then value.content else value;
      best = lowest (map priority found);
      kept = map content (filter (value: priority value == best) found);
      order = value: if is "order" value then value.priority else 1000;
      sorted = sort (a: b: order a < order b) kept;
    in
    if found == [ ] then [ ] else map (value: if is "order" value then value.content else value) sorted;

  merge = name: type: found:
    if found == [ ] then throw "The option `${name}' was accessed but has no value defined."
    else if !all type.check found then throw "A definition for option `${name}' is not of type `${type.name}'."
    else type.merge name found;

  # --- types -------------------------------------------------------------------------------------------------------------------
  one = name: check: {
    inherit name check;
    merge = at: found:
      if all (it: it == head found) found then head found
      else throw "The option `${at}' has conflicting definition values";
  };

  names = sets: attrNames (foldl' (a: b: a // b) { } sets);
  having = name: sets: map (set: set.${name}) (filter (hasAttr name) sets);
  generate = list: f: listToAttrs (map (name: { inherit name; value = f name; }) list);

  types = {
    bool = one "boolean" isBool;
    int = one "signed integer" isInt;
    str = one "string" isString;
    listOf = element: {
      name = "list of ${element.name}";
      check = isList;
      merge = at: found: concatMap (item: map (it: merge at element [ it ]) (winners [ item ])) (foldl' (a: b: a ++ b) [ ] found);
    };
    # A member without any value left is none.
    attrsOf = element: {
      name = "attribute set of ${element.name}";
      check = isAttrs;
      merge = at: found:
        let present = filter (name: winners (having name found) != [ ]) (names found); in
        generate present (name: merge "${at}.${name}" element (winners (having name found)));
    };
    oneOf = choices: {
      name = "one of several types";
      check = value: builtins.any (type: type.check value) choices;
      merge = at: found:
        let fitting = filter (type: all type.check found) choices; in
        if fitting == [ ] then throw "The option `${at}' has conflicting definition values" else merge at (head fitting) found;
    };
  };

  # --- modules -----------------------------------------------------------------------------------------------------------------
  mkOption = declaration: declaration // { _type = "option"; };
  beside = [ "imports" "options" "config" "key" "_file" "_class" "meta" ];

  evalModules = { modules, specialArgs ? { } }:
    let
      arguments = { inherit lib config options; } // specialArgs;
      load = module:
        if isFunction module then collect (module arguments)
        else if isAttrs module && module ? _type then throw "Expected a module, but found a value of type \"${module._type}\"."
        else if isAttrs module then collect module
        else load (import module);
      collect = body:
        let
          explicit = body ? options || body ? config;
          stray = filter (name: !elem name beside) (attrNames body);
        in
        if explicit && stray != [ ] then throw "the module has an unsupported attribute `${head stray}'"
        else [ {
          options = body.options or { };
          config = if explicit then body.config or { } else removeAttrs body [ "imports" "key" "_file" "_class" "meta" ];
        } ] ++ concatMap load (body.imports or [ ]);

      loaded = concatMap load modules;
      options = foldl' (a: b: a // b) { } (map (it: it.options) loaded);

      # The members of a set of options. Their names are those of all declarations and definitions; values come later.
      level = at: declared: definitions:
        let sunk = concatMap sink definitions; in
        generate (names (declared ++ sunk)) (name:
          let
            here = at + name;
            below = having name declared;
            given = having name sunk;
            option = head below;
            default = if option ? default then [ (mkOverride 1500 option.default) ] else [ ];
          in
          if below == [ ] then throw "The option `${here}' does not exist."
          else if is "option" option then
            if length below > 1 then throw "The option `${here}' is declared twice."
            else merge here option.type (winners (given ++ default))
          else level "${here}." below given);
      config = level "" (map (it: it.options) loaded) (map (it: it.config) loaded);
    in
    { inherit config options; };

  lib = {
    inherit evalModules mkIf mkMerge mkOption mkOrder mkOverride types;
    mkAfter = mkOrder 1500;
    mkBefore = mkOrder 500;
    mkDefault = mkOverride 1000;
    mkForce = mkOverride 50;
    optional = condition: item: if condition then [ item ] else [ ];
    optionalAttrs = condition: set: if condition then set else { };
    optionals = condition: list: if condition then list else [ ];
    genAttrs = generate;
  };
in
lib
