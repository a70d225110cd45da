// The facts of a case: its fields in groups, with links to the lists of cases that share them.

import type { CaseDetail, CaseRecord } from "cisco-support-case";
import { type ReactNode, useId } from "react";
import { linkTo } from "../app/navigation.js";
import { type ListField, viewOf } from "../app/view.js";
import { balanced } from "../ui/bidi.js";
import { type Formatter, NOTHING } from "../ui/format.js";

type Fact = readonly [name: string, value: ReactNode];

const fact = (name: string, value: ReactNode): Fact => [name, value];

/** A group of facts. */
export function FactGroup({ title, facts }: { title: string; facts: readonly Fact[] }): ReactNode {
  const id = useId();
  const known = facts.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  if (known.length === 0) return null;
  return (
    <section className="facts card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <dl>
        {known.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** A value with a link to the cases that share it. */
export function SharedValue({ field, value }: { field: ListField; value: string }): ReactNode {
  if (value === "") return "";
  return <a {...linkTo(viewOf({ where: { [field]: [value] } }))}>{balanced(value)}</a>;
}

/** Returns the groups of a case's facts. What only the details have is left out without them. */
export function factGroups(record: CaseRecord | undefined, detail: CaseDetail | undefined, format: Formatter) {
  const either = <K extends keyof CaseRecord & keyof CaseDetail>(name: K) => detail?.[name] || record?.[name];
  const shared = (field: ListField & keyof CaseRecord & keyof CaseDetail) => (
    <SharedValue field={field} value={String(either(field) ?? "")} />
  );
  const present = (field: ListField & keyof CaseRecord & keyof CaseDetail) => (either(field) ? shared(field) : "");
  const date = (text: string | null | undefined) => (text ? <time dateTime={text}>{format.dateTime(text)}</time> : "");
  const lines = (texts: readonly string[]) => (texts.length === 0 ? "" : <Lines texts={texts} />);
  const groups: { title: string; facts: Fact[] }[] = [
    {
      title: "Case",
      facts: [
        fact("Created", date(either("creation_date"))),
        fact("Updated", date(either("updated_date"))),
        fact("Closed", date(detail?.close_date)),
        fact("Technology", present("technology_name")),
        fact("Sub-technology", present("sub_technology_name")),
        fact("Problem", detail?.problem_code_name ?? ""),
        fact("Request", detail?.request_type ?? ""),
        fact("Tracking number", detail?.tracking_number ?? ""),
      ],
    },
    {
      title: "Device and contract",
      facts: [
        fact("Serial number", present("serial_number")),
        fact("Contract", present("contract_id")),
        fact("User", record?.user_id ? <SharedValue field="user_id" value={record.user_id} /> : ""),
      ],
    },
    {
      title: "People",
      facts: [
        fact("Cisco's owner", detail ? detail.owner_name || "Not assigned yet" : ""),
        fact("Owner's mail", detail?.owner_email ? <Mail address={detail.owner_email} /> : ""),
        fact("Contact", balanced(either("contact_name") ?? "")),
        fact("Mail", detail ? mails(detail.contact_email_ids) : ""),
        fact("Business phone", detail ? lines(detail.contact_business_phone_numbers) : ""),
        fact("Mobile phone", detail ? lines(detail.contact_mobile_phone_numbers) : ""),
        fact("Prefers", detail?.preferred_contact_method ?? ""),
      ],
    },
  ];
  const extra = Object.entries(detail?.extra ?? {}).map(([name, value]): Fact => [name, balanced(plain(value))]);
  if (extra.length > 0) groups.push({ title: "Further fields", facts: extra });
  const issues = (detail?.issues ?? []).map(({ path, expected }): Fact => [path, `expected ${expected}`]);
  if (issues.length > 0) groups.push({ title: "Not as documented", facts: issues });
  return groups;
}

const plain = (value: unknown): string => (typeof value === "string" ? value || NOTHING : JSON.stringify(value));

const Mail = ({ address }: { address: string }): ReactNode => (
  <a href={`mailto:${encodeURIComponent(address).replaceAll("%40", "@")}`}>{balanced(address)}</a>
);

const mails = (addresses: readonly string[]): ReactNode =>
  addresses.length === 0 ? (
    ""
  ) : (
    <ul className="plain">
      {addresses.map((address) => (
        <li key={address}>
          <Mail address={address} />
        </li>
      ))}
    </ul>
  );

const Lines = ({ texts }: { texts: readonly string[] }): ReactNode => (
  <ul className="plain">
    {texts.map((text) => (
      <li key={text}>{balanced(text)}</li>
    ))}
  </ul>
);
