# expect: nothing
{ lib, ... }: { _file = "f"; key = "k"; _class = null; disabledModules = [ ]; imports = [ ]; options = { }; config = { }; freeformType = null; }
