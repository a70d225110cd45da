// The settings of the reader.

import type { ReactNode } from "react";
import { changeSettings, type Settings, useSettings } from "./settings.js";

/** The settings of the reader. */
export default function SettingsForm(): ReactNode {
  const settings = useSettings();
  return (
    <div className="settings-form">
      <Choice
        legend="Colours"
        name="theme"
        value={settings.theme}
        choices={{ system: "As the system", light: "Light", dark: "Dark" }}
        onChange={(theme) => changeSettings({ theme })}
      />
      <Choice
        legend="Rows"
        name="density"
        value={settings.density}
        choices={{ comfortable: "Comfortable", compact: "Compact" }}
        onChange={(density) => changeSettings({ density })}
      />
      <Choice
        legend="Dates and times"
        name="zone"
        value={settings.zone}
        choices={{ local: "My time zone", utc: "UTC" }}
        onChange={(zone) => changeSettings({ zone })}
      />
      <Switch name="isLive" settings={settings}>
        Show changes in the list by themselves while it is not in use
      </Switch>
      <Switch name="isSplit" settings={settings}>
        Show the case beside the list on wide screens
      </Switch>
      <Switch name="hasLetterKeys" settings={settings}>
        Single letters are commands (turn this off if you dictate)
      </Switch>
    </div>
  );
}

interface ChoiceProps<T extends string> {
  readonly legend: string;
  readonly name: string;
  readonly value: T;
  readonly choices: Readonly<Record<T, string>>;
  readonly onChange: (value: T) => void;
}

function Choice<T extends string>({ legend, name, value, choices, onChange }: ChoiceProps<T>): ReactNode {
  return (
    <fieldset>
      <legend>{legend}</legend>
      <div className="segments">
        {(Object.entries(choices) as [T, string][]).map(([key, label]) => (
          <label key={key}>
            <input type="radio" name={name} value={key} checked={key === value} onChange={() => onChange(key)} />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

type SwitchName = "isLive" | "isSplit" | "hasLetterKeys";

function Switch({
  name,
  settings,
  children,
}: {
  name: SwitchName;
  settings: Settings;
  children: ReactNode;
}): ReactNode {
  return (
    <label className="check">
      <input
        type="checkbox"
        name={name}
        checked={settings[name]}
        onChange={({ target }) => changeSettings({ [name]: target.checked })}
      />
      {children}
    </label>
  );
}
