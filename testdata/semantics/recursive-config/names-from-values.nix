# expect: recursive-config
{ config, lib, ... }: { config = lib.mapAttrs (n: v: v) (lib.filterAttrs (n: v: true) config.shop.shelves); }
