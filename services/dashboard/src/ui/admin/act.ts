/** Does something on the server, shows the lists anew, and tells whether it went well; what went wrong stands on the page. */
export type Act = (work: () => Promise<unknown>) => Promise<boolean>
