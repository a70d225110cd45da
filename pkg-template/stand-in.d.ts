/** Which requests are for the sandbox. A name that is not listed here is refused. */
export interface SandboxPlaces {
  /**
   * The `baseUrl` of the clients that are to be answered, or several: an address such as `"https://apix.cisco.com/case/v3"`, or
   * a path such as `"/api/case"` on whatever origin the page is. Default: these two, the service and a gateway.
   */
  baseUrl?: string | readonly string[];
  /** The token endpoint of clients with `credentials`. Default: the service's. */
  tokenUrl?: string;
}
