# expect: nothing
{ config, lib, ... }: { environment.etc = { a.text = "a"; } // (if config.shop.open then { b.text = "b"; } else { }); }
