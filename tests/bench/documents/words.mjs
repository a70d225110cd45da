// Vocabulary of the synthetic documents. All names, addresses and titles are invented.

export const PRODUCTS = [
  "C9300-48UXM",
  "C9500-24Y4C",
  "ISR4451-X/K9",
  "ASR1001-HX",
  "N9K-C93180YC-FX",
  "FPR2130-NGFW-K9",
  "AIR-AP3802I-E-K9",
  "WS-C3850-24XS",
  "UCSC-C220-M5SX",
  "C8300-1N1S-4T2X",
  "CP-8865-K9",
  "NCS-5501",
  "DNA Center",
  "ISE 3.2",
  "CUCM 14",
];

export const SYMPTOMS = [
  "reloads unexpectedly after upgrade",
  "high CPU in process IP Input",
  "power supply failure",
  "OSPF adjacency flaps",
  "CRC errors on uplink",
  "cannot reach standby unit",
  "stack member removed",
  "license not in compliance",
  "memory leak in wncd",
  "BGP session stuck in Active",
  "fan tray alarm",
  "port in err-disabled state",
  "dot1x authentication fails for some clients",
  "phones unregister at random",
  "SSD failure predicted",
  "collector handover training",
  "VPN tunnel drops every hour",
  "HSRP active on both nodes",
  "TCAM exhausted",
];

export const PLACES = [
  "DC1",
  "DC2",
  "branch 114",
  "campus north",
  "lab",
  "plant 7",
  "core",
  "edge",
  "warehouse",
  "HQ floor 3",
];

export const GIVEN = [
  "Synthia",
  "Tester",
  "Mock",
  "Sample",
  "Dummy",
  "Proxy",
  "Stub",
  "Fixture",
  "Placeholder",
  "Demo",
];
export const FAMILY = [
  "Exampleton",
  "Vonsynth",
  "Mockwell",
  "Testerova",
  "Sampleby",
  "Dummond",
  "Placeholt",
  "Fakenham",
];

export const STATUSES = [
  "Cisco Pending",
  "Close Pending",
  "Closed",
  "Customer Pending",
  "Cisco Release Pending",
  "Service Order Pending",
];

export const TECHNOLOGIES = [
  ["LAN Switching", "Cat9300 - Switching issues"],
  ["Routing Protocols (Includes NAT and HSRP)", "OSPF"],
  ["Wireless", "Catalyst 9800 Series Wireless Controllers"],
  ["Security - Network Firewalls and Intrusion Prevention Systems", "Firepower Threat Defense (FTD)"],
  ["Smart Services Capabilities", "Collector Deployment SNTC (Contract Required)"],
  ["Voice - Communications Manager", "CUCM Registration Issues"],
];

export const LINES = [
  "Hello team,",
  "thank you for the logs. I have gone through them and could see the following around the time of the event:",
  "%PLATFORM_INFRA-5-IOS_INTR_OVER_LIMIT: IOS thread disabled interrupt for 1843 msec",
  "GigabitEthernet1/0/24 is up, line protocol is up (connected)",
  "  5 minute input rate 1284000 bits/sec, 312 packets/sec",
  "     0 runts, 0 giants, 0 throttles, 1193 input errors, 1193 CRC, 0 frame, 0 overrun, 0 ignored",
  "Action plan: collect <show tech-support> from both members and upload it to the case.",
  "<b>Problem description:</b> the standby unit does not come up after the planned reload.",
  "<script>is only text here</script> and so is <img src=x onerror=alert(1)>",
  'Next contact: tomorrow 09:00 UTC, or earlier if the "show redundancy" output changes.',
  "From: contact@customer.example\tTo: engineer@support.example",
  "C:\\logs\\collector\\2017-05-09.txt was attached",
  "Please let me know whether the maintenance window on Saturday still holds.",
  "Kind regards,",
];

/** Text with letters of Latin-1, as in European names and mail. */
export const ACCENTED = [
  "Grüße aus Zürich, das Gerät läuft wieder.",
  "Le problème a été résolu après la mise à jour, merci à toute l'équipe.",
  "La conexión se cayó otra vez el miércoles por la mañana.",
];

/** Text with the quotes and dashes of mail programs, outside Latin-1. */
export const TYPOGRAPHIC = ["It’s “up” – but only for 10 minutes…", "日本語のログを添付します。"];
