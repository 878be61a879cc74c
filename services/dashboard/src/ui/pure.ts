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

/**
 * For a component that draws itself again and again, has `pure` ones within it, and stands in an element for long. The element's properties would
 * keep it as it was drawn first; what `pure` ones keep leads from there to each drawing since, and none of them is ever let go (Preact 11.2: a
 * ward of 64 grew by a megabyte a second). Held, the element's properties keep this alone.
 */
export function held<P extends object>(Inner: FunctionComponent<P>): FunctionComponent<P> {
  return (props) => h(Inner, props)
}
