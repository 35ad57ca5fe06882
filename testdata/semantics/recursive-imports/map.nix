# expect: recursive-imports
{ config, lib, ... }: { imports = map (u: { }) config.shop.clerks; }
