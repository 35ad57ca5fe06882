{
  networking.nftables = {
    enable = true;
    ruleset = ''
      table inet filter {
        chain input {
          type filter hook input priority 0; policy drop;
          iifname "lo" accept
          ct state { established, related } accept
          iifname "lan0" tcp dport { 22, 53 } accept
          iifname "lan0" udp dport { 53, 67 } accept
        }
        chain forward {
          type filter hook forward priority 0; policy drop;
          iifname "lan0" oifname "wan0" accept
          ct state { established, related } accept
        }
      }
    '';
  };
}
