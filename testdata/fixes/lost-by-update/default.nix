# Two definitions of one priority.
{ a, lib, ... }:
{
  hardware =
    lib.mkDefault {
      radio.enable = true;
    }
    // lib.mkIf a (lib.mkDefault {
      driver.enable = true;
    });
}
