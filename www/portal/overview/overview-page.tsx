// The overview: figures of all cases. Every number and bar leads to the list of the cases that it counts.

import { type ReactNode, useMemo, useState } from "react";
import { navigate, useView } from "../app/navigation.js";
import { useFollowStatus, useStore, useStoreDay, useStoreVersion } from "../app/store-hooks.js";
import { useFormatter } from "../app/use-formatter.js";
import { useDocumentTitle } from "../ui/document-title.js";
import { Icon } from "../ui/icons.js";
import { NoCases } from "../ui/no-cases.js";
import { usePageAnnouncement } from "../ui/page-announcement.js";
import { AgeingChart } from "./ageing-chart.js";
import { BacklogChart } from "./backlog-chart.js";
import { FigureLink } from "./figure-link.js";
import { overviewOf, WEEKS } from "./models.js";
import { Ranking } from "./ranking.js";
import { SeverityTable } from "./severity-table.js";
import "./overview.css";
import { storage } from "../ui/storage.js";

const WEEKS_KEY = "portal.overview.weeks";

function savedWeeks(): number {
  const saved = Number(storage.getItem(WEEKS_KEY));
  return WEEKS.find((weeks) => weeks === saved) ?? 26;
}

/** The page of the overview. */
export default function OverviewPage(): ReactNode {
  const store = useStore();
  const version = useStoreVersion();
  const status = useFollowStatus();
  const { isFilled, lastProgressAt } = status;
  const format = useFormatter();
  const view = useView();
  const [weeks, setWeeks] = useState(savedWeeks);
  const contract = view.where.contract_id?.[0] ?? "";
  const contracts = useMemo(
    () => [version, store.facets({}, ["contract_id"]).contract_id] as const,
    [store, version],
  )[1];
  const day = useStoreDay();
  const model = useMemo(
    () => ({ version, day, ...overviewOf(store, weeks, contract === "" ? {} : { contract_id: contract }) }),
    [store, version, day, weeks, contract],
  );
  useDocumentTitle("Overview");
  usePageAnnouncement("Overview");
  const open = model.severities.total;
  if (store.size === 0) {
    return (
      <div className="overview">
        <h1>Overview</h1>
        <NoCases status={status} />
      </div>
    );
  }
  return (
    <div className="overview">
      <header className="overview-head">
        <div>
          <h1>Overview</h1>
          <p className="muted">
            <FigureLink figure={model.total} name={format.counted(model.total.count, "case")}>
              {format.counted(model.total.count, "case")}
            </FigureLink>
            {", "}
            <FigureLink figure={open} name={`${format.count(open.count)} open`}>
              {`${format.count(open.count)} open`}
            </FigureLink>
            {lastProgressAt !== null &&
              ` · as of ${format.moment(lastProgressAt, Date.now())} ${format.zoneName(lastProgressAt)}`}
            {!isFilled && " · still loading: the figures grow"}
          </p>
        </div>
        <div className="overview-controls">
          <label>
            <span>Contract</span>
            <select
              value={contract}
              onChange={({ target }) =>
                navigate({ ...view, where: target.value === "" ? {} : { contract_id: [target.value] } })
              }
            >
              <option value="">All contracts</option>
              {contract !== "" && !contracts.some(({ value }) => value === contract) && (
                <option value={contract}>{contract}</option>
              )}
              {contracts
                .filter(({ value }) => value !== "")
                .map(({ value, count }) => (
                  <option key={value} value={String(value)}>
                    {`${value} (${format.count(count)})`}
                  </option>
                ))}
            </select>
          </label>
          <label>
            <span>Period</span>
            <select
              value={weeks}
              onChange={({ target }) => {
                setWeeks(Number(target.value));
                storage.setItem(WEEKS_KEY, target.value);
              }}
            >
              {WEEKS.map((count) => (
                <option key={count} value={count}>
                  {format.counted(count, "week")}
                </option>
              ))}
            </select>
          </label>
          <button type="button" onClick={() => print()}>
            <Icon name="print" />
            Print
          </button>
        </div>
      </header>
      <ul className="tiles">
        {model.tiles.map((tile) => (
          <li key={tile.id} className={`tile tile-${tile.id}`}>
            <FigureLink figure={tile} name={`${tile.label} ${format.counted(tile.count, "case")}`}>
              <span className="tile-label">{tile.label}</span>{" "}
              <span className="tile-count">{format.count(tile.count)}</span>
            </FigureLink>
          </li>
        ))}
      </ul>
      <SeverityTable table={model.severities} format={format} />
      <AgeingChart buckets={model.ageing} old={model.old} format={format} />
      <BacklogChart weeks={model.weeks} open={open} format={format} />
      <div className="rankings">
        <Ranking
          title="Top technologies"
          hint={
            model.withoutTechnology.count === 0 ? (
              "Open cases."
            ) : (
              <>
                {"Open cases. The technology of "}
                <FigureLink
                  figure={model.withoutTechnology}
                  name={`${format.counted(model.withoutTechnology.count, "case")} without a known technology`}
                >
                  {format.counted(model.withoutTechnology.count, "case")}
                </FigureLink>
                {" is not known: lists of cases do not have it, the details of a case do."}
              </>
            )
          }
          empty="No technology is known yet."
          figures={model.technologies}
          unit="open case"
          format={format}
        />
        <Ranking
          title="Devices with several cases"
          hint="Serial numbers, open and closed cases."
          empty="No device has more than one case."
          figures={model.serialNumbers}
          unit="case"
          format={format}
        />
      </div>
    </div>
  );
}
