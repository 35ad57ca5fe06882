# expect: recursive-config
{ config, ... }: { boot.flags = config.boot.flags ++ [ "x" ]; }
