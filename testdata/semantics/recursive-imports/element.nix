# expect: recursive-imports
{ config, lib, ... }: { imports = [ (if config.shop.open then { } else { }) ]; }
