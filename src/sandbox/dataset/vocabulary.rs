//! Vocabulary of the synthetic cases. No person, company, address or site in it exists.

/// A technology with its sub-technologies, products and symptoms.
pub(super) struct Technology {
    pub(super) name: &'static str,
    pub(super) sub_technologies: &'static [&'static str],
    pub(super) products: &'static [&'static str],
    pub(super) symptoms: &'static [&'static str],
}

pub(super) const TECHNOLOGIES: &[Technology] = &[
    Technology {
        name: "LAN Switching",
        sub_technologies: &[
            "Cat9300",
            "Cat9500 - Stacking",
            "Spanning Tree (STP)",
            "Power over Ethernet (PoE)",
            "EtherChannel, LACP",
        ],
        products: &["C9300-48P", "C9300-24UX", "C9500-40X", "C9200L-24P"],
        symptoms: &[
            "stack member does not join after power cycle",
            "interface <GigabitEthernet1/0/24> err-disabled, reason \"loopback\"",
            "PoE denied on 12 of 48 ports",
            "high CPU in process \"SISF Main Thread\"",
            "MAC addresses flap between two port-channels",
            "fan tray alarm does not clear",
        ],
    },
    Technology {
        name: "Routing Protocols",
        sub_technologies: &[
            "BGP - Neighbor Flapping",
            "OSPF - Adjacency",
            "EIGRP",
            "Redistribution and Route Filtering",
        ],
        products: &["ASR1002-HX", "C8300-2N2S-4T2X", "ISR4451-X", "NCS-55A1-24H"],
        symptoms: &[
            "BGP session flaps every hold time",
            "OSPF stuck in EXSTART",
            "default route is not redistributed",
            "routes missing from the table after failover",
            "prefix limit reached although peers send fewer",
        ],
    },
    Technology {
        name: "Wireless",
        sub_technologies: &[
            "Catalyst 9800 - Roaming",
            "Access Points - Join",
            "RRM, Coverage",
            "Guest, Web Authentication",
        ],
        products: &["C9800-40-K9", "C9120AXI", "C9130AXI", "C9800-L-C"],
        symptoms: &[
            "clients drop while roaming between floors",
            "access points do not join after certificate change",
            "web authentication page stays blank",
            "radar events empty all DFS channels",
            "low throughput on 5 GHz only",
        ],
    },
    Technology {
        name: "Security - Network Firewalls and Intrusion Prevention Systems",
        sub_technologies: &[
            "Firepower Threat Defense (FTD) - VPN",
            "FMC - Deployment Failure",
            "ASA - Failover",
            "Snort, Inspection",
        ],
        products: &["FPR2130-NGFW", "FPR1140-NGFW", "ASA5516-X", "FMC1600"],
        symptoms: &[
            "policy deployment fails at 87 %",
            "site-to-site tunnel rekeys and drops traffic",
            "failover pair both active for 40 seconds",
            "inspection engine restarts under load",
            "users get no address from the VPN pool",
        ],
    },
    Technology {
        name: "Voice - Communications Manager",
        sub_technologies: &[
            "Communications Manager Call Failure - IP Phone to IP Phone",
            "Database Replication",
            "Device Registration",
            "Licensing - Smart Account",
        ],
        products: &["CUCM 12.5", "CUCM 14", "CUCM 15"],
        symptoms: &[
            "one-way audio between sites",
            "phones re-register every 10 minutes",
            "database replication state 4 on one subscriber",
            "calls to the cluster fail with cause 41",
            "phantom ringing after transfer",
        ],
    },
    Technology {
        name: "Data Center and Storage Networking",
        sub_technologies: &["Nexus 9000 - vPC", "ACI - Fabric Discovery", "Nexus - ISSU, Upgrade", "MDS - Zoning"],
        products: &["N9K-C93180YC-FX", "N9K-C9336C-FX2", "N9K-C9504", "DS-C9148T"],
        symptoms: &[
            "vPC peer-link down, secondary suspends all ports",
            "leaf is discovered but stays inactive",
            "ISSU stops with \"pre-upgrade check failed\"",
            "endpoint moves between leafs without end",
            "CRC errors on uplinks after optics change",
        ],
    },
    Technology {
        name: "Unified Computing System (UCS) and HyperFlex",
        sub_technologies: &["Blade Discovery", "Fabric Interconnect", "Memory Errors", "HyperFlex - Expansion"],
        products: &["UCSB-B200-M5", "UCS-FI-6454", "UCSC-C220-M6S", "HXAF240C-M5SX"],
        symptoms: &[
            "blade discovery stays at 40 %",
            "uncorrectable ECC error in DIMM B2",
            "fabric interconnect reboots by itself",
            "service profile association fails",
            "datastore is read-only after expansion",
        ],
    },
    Technology {
        name: "Identity Services Engine (ISE)",
        sub_technologies: &["802.1X Authentication", "Profiling", "Posture", "TACACS+, Device Administration"],
        products: &["SNS-3615-K9", "SNS-3655-K9", "ISE-VM-K9"],
        symptoms: &[
            "authentication latency above 8 seconds",
            "endpoints profiled as \"Unknown\"",
            "posture agent loops on \"Checking requirements\"",
            "node does not join the deployment",
            "TACACS+ authorisation fails for one command set",
        ],
    },
    Technology {
        name: "Smart Services Capabilities",
        sub_technologies: &[
            "Collector Deployment SNTC (Contract Required)",
            "Inventory and Reporting",
            "Alerts and Lifecycle",
        ],
        products: &["SNTC", "CSPC 2.11"],
        symptoms: &[
            "collector upload stops at 50 %",
            "devices missing from the inventory report",
            "training: first steps with the collector",
            "alerts name devices that were retired",
        ],
    },
    Technology {
        name: "SD-WAN",
        sub_technologies: &["vManage - Templates", "Control Connections", "Policy, App-aware Routing", "Onboarding"],
        products: &["C8200-1N-4T", "ISR1121-8P", "vManage 20.9", "C8000V"],
        symptoms: &[
            "control connections down after certificate renewal",
            "template push ends with \"Failed to finish the task\"",
            "traffic leaves on the backup link only",
            "new site does not onboard",
            "tunnel loss 3 % on one colour",
        ],
    },
];

pub(super) const VERSIONS: &[&str] =
    &["17.6.5", "17.9.4a", "17.12.3", "16.12.10", "7.2.5", "7.4.1", "9.16(4)", "10.3(5)", "12.5(1)SU8", "3.2 patch 5"];

/// Fictional sites, with accents and other scripts as in partners' titles.
pub(super) const SITES: &[&str] = &[
    "Bärenfeld",
    "Santa Muestra",
    "Île-Exemple",
    "Østprøve",
    "Testhausen",
    "Mockridge",
    "São Exemplo",
    "Łódka Próbna",
    "Sampleton",
    "Placeholder Park",
    "見本市場",
    "Fixture Falls",
    "Демоград",
    "Nullfield Annex",
    "Stubwick",
];

/// Templates of titles: `{s}` symptom, `{p}` product, `{l}` site, `{v}` version.
pub(super) const TITLES: &[&str] = &[
    "{p}: {s}",
    "{s}",
    "{s} after upgrade to {v}",
    "{l} / {p} / {s}",
    "{p} {v} - {s} ({l})",
    "[{l}] {s}",
    "P1!! {s} & users down @ {l}",
    "{s} \\ ref. {l}",
];

pub(super) const FIRST_NAMES: &[&str] = &[
    "Alvi", "Brenko", "Cyliane", "Dorvan", "Élowen", "Fennika", "Gorvin", "Hespera", "Ivarel", "Jønne", "Kestrin",
    "Lumira", "Morvan", "Nelvia", "Orsino", "Pellia", "Quorin", "Rosmund", "Sylvar", "Tamsel", "Ulvine", "Vašek",
    "Wendrin", "Xanthe", "Yorin", "Zelvi",
];

/// Recognizably fictional last names, each with its letters in a user id.
pub(super) const LAST_NAMES: &[(&str, &str)] = &[
    ("Testmann", "testma"),
    ("Mockford", "mockfo"),
    ("Demoski", "demosk"),
    ("Exemplo", "exempl"),
    ("Fixturé", "fixtur"),
    ("Stubfield", "stubfi"),
    ("Trialova", "trialo"),
    ("Placeholt", "placeh"),
    ("Fauxbury", "fauxbu"),
    ("Protowicz", "protow"),
    ("Sandboxer", "sandbo"),
    ("Nullsen", "nullse"),
    ("Draftinger", "drafti"),
    ("Mustermann", "muster"),
    ("O'Sample", "osampl"),
    ("Dummyson", "dummys"),
    ("Muñoz-Demo", "munozd"),
    ("Prøvesen", "proves"),
    ("Synthetos", "synthe"),
    ("Fictionelli", "fictio"),
];

pub(super) const PROBLEM_CODES: &[&str] = &[
    "Configuration Assistance",
    "Hardware Failure",
    "Software Failure",
    "Error Messages, Logs, Debugs",
    "Installation",
    "Interoperability",
    "Performance",
    "Licensing",
    "Password Recovery",
];

pub(super) const REQUEST_TYPES: &[&str] = &["Diagnose and Fix", "Request RMA", "Expert Consultation", "Ask a Question"];

pub(super) const CONTACT_METHODS: &[&str] = &["Email", "Business Phone", "Mobile Phone"];

/// Short descriptions of notes. Most notes have none.
pub(super) const NOTE_SUMMARIES: &[&str] =
    &["Email In", "Email Out", "CASE ACTION PLAN", "Phone Call", "Status Change", "Attachment added: show_tech.txt"];

/// Texts of notes with the contents of real ones: mail with addresses in angle brackets, pasted HTML, logs, mixed line
/// endings. `{c}` contact, `{m}` the contact's email address, `{o}` owner, `{s}` serial number, `{t}` title, `{l}`
/// site.
pub(super) const NOTE_TEXTS: &[&str] = &[
    "From: {c} <{m}>\r\nTo: <support@sandbox.example>\r\nSubject: Re: {t}\r\n\r\nHello {o},\r\n\r\nthe outputs are attached. \
     The problem came back at 02:14 local time.\r\n\r\nRegards,\r\n{c}",
    "Hi {c},\n\nthank you for the logs. I see the same event three times within a minute; I will set this up in the lab \
     and come back to you tomorrow.\n\n{o}",
    "<p>Hello {o},</p><p>still <b>down</b> at {l}.</p><br/><img src=x onerror=alert(1)><!-- pasted from a mail -->",
    "*Action plan*\r\n1. Collect \"show tech-support\"\r\n2. Clear the counters\n3. Wait for the next event\r\n\r\nOwner: {o}",
    "%LINK-3-UPDOWN: Interface <TenGigabitEthernet1/1/1>, changed state to down\n\
     %LINEPROTO-5-UPDOWN: Line protocol on Interface <TenGigabitEthernet1/1/1>, changed state to down\n\
     %STACKMGR-4-SWITCH_REMOVED: Switch 2 R0/0: stack_mgr: Switch 2 has been removed from the stack.\n",
    "Spoke with {c}. Maintenance window agreed for Saturday, 22:00\u{2013}02:00. Prochaine étape : remplacement du module, \
     s/n {s}.",
    "router# show version | include <uptime|image>\r\nuptime is 41 weeks, 2 days\r\nC:\\captures\\{l}\\trace.pcap\tuploaded\r\n",
    "Customer confirms: no drops since the workaround \u{1f389} \u{2014} keep the case open for one week.",
    "<script>document.title = 'a note is text, never HTML'</script>\r\n</textarea>&lt;already&nbsp;escaped&gt; {c}",
    "Waiting for the customer: second reminder sent to <{m}>.",
];

/// Template of the oldest note of a case.
pub(super) const OPENING_NOTE: &str = "***Problem Description***\r\n{t}\r\n\r\n***Environment***\r\nSite: {l}\r\nSerial number: {s}\r\n\
     Impact: see severity.\n\n***Contact***\r\n{c} <{m}>\r\n";

/// The last two notes of a closed case. One action writes both, with the same date.
pub(super) const CLOSING_NOTES: &[&str] =
    &["Closed with Customer Permission", "Resolution summary: fixed by configuration change."];
