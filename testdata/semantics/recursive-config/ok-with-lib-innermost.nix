# expect: nothing
{ config, lib, ... }: with config; with lib; mkMerge [ { } ]
