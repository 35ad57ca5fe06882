# expect: nothing
args@{ lib, ... }: { services.till.enable = args.config.shop.open; }
