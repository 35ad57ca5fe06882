# expect: recursive-imports
{ config, ... }: { imports = [ config.shop.module ]; }
