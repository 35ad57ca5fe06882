let
  mirrored = {
    type = "gpt";
    partitions = {
      ESP = {
        size = "1G";
        type = "EF00";
        content = {
          type = "filesystem";
          format = "vfat";
        };
      };
      raid = {
        size = "100%";
        content = {
          type = "mdraid";
          name = "root";
        };
      };
    };
  };
in
{
  disko.devices = {
    disk = {
      first = {
        type = "disk";
        device = "/dev/disk/by-id/nvme-FAKE_SSD_1TB_A";
        content = mirrored;
      };
      second = {
        type = "disk";
        device = "/dev/disk/by-id/nvme-FAKE_SSD_1TB_A";
        content = mirrored;
      };
    };
    mdadm.root = {
      type = "mdadm";
      level = 1;
      content = {
        type = "gpt";
        partitions = {
          root = {
            size = "100G";
            content = {
              type = "filesystem";
              format = "ext4";
              mountpoint = "/";
            };
          };
          srv = {
            size = "100%";
            content = {
              type = "filesystem";
              format = "xfs";
              mountpoint = "/srv";
            };
          };
        };
      };
    };
  };
}
