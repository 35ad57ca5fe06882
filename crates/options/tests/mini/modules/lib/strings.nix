{ lib }:
{
  toSnakeCase =
    text:
    lib.concatStrings (
      map (it: if lib.isString it then it else "_" + lib.toLower (lib.elemAt it 0)) (
        builtins.split "([A-Z])" text
      )
    );
}
