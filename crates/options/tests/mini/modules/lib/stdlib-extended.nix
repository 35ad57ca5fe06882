lib:
lib.extend (
  self: super: {
    hm = import ./. { lib = self; };
  }
)
