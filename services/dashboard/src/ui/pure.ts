import { Component, type FunctionComponent, h } from 'preact'

/** Draws a component again only when one of its properties is another one (shallow). */
export function pure<P extends object>(Inner: FunctionComponent<P>): new (props: P) => Component<P> {
  return class extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const before = Object.entries(this.props)
      const after = new Map(Object.entries(next))
      return before.length !== after.size || before.some(([name, value]) => !Object.is(value, after.get(name)))
    }
    override render() {
      return h(Inner, this.props)
    }
  }
}
