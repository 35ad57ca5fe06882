# expect: recursive-imports
{ config, lib, ... }: let inherit (config.shop) open; in { imports = lib.optional open { }; }
