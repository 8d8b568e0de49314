/** The part of a document that React needs to render text; it has no events, attributes or layout. */
class FakeNode {
  readonly nodeType: number;
  readonly nodeName: string;
  readonly tagName: string;
  readonly namespaceURI = 'http://www.w3.org/1999/xhtml';
  readonly style = {};
  readonly ownerDocument: unknown;
  readonly childNodes: FakeNode[] = [];
  parentNode: FakeNode | null = null;
  nodeValue = '';

  constructor(nodeType: number, nodeName: string, ownerDocument: unknown, nodeValue = '') {
    this.nodeType = nodeType;
    this.nodeName = nodeName;
    this.tagName = nodeName;
    this.ownerDocument = ownerDocument;
    this.nodeValue = nodeValue;
  }

  get firstChild(): FakeNode | null {
    return this.childNodes[0] ?? null;
  }

  get lastChild(): FakeNode | null {
    return this.childNodes.at(-1) ?? null;
  }

  get textContent(): string {
    return this.nodeValue + this.childNodes.map((child) => child.textContent).join('');
  }

  set textContent(text: string) {
    this.childNodes.length = 0;
    this.nodeValue = text;
  }

  appendChild(node: FakeNode): FakeNode {
    return this.insertBefore(node, null);
  }

  insertBefore(node: FakeNode, before: FakeNode | null): FakeNode {
    node.parentNode?.removeChild(node);
    this.childNodes.splice(before === null ? this.childNodes.length : this.childNodes.indexOf(before), 0, node);
    node.parentNode = this;
    return node;
  }

  removeChild(node: FakeNode): FakeNode {
    this.childNodes.splice(this.childNodes.indexOf(node), 1);
    node.parentNode = null;
    return node;
  }

  addEventListener(): void {}
  removeEventListener(): void {}
  setAttribute(): void {}
  removeAttribute(): void {}
}

/** Installs a document that React can render into; returns a function that creates an element. */
export function fakeDom(): (name: string) => FakeNode {
  const document: Record<string, unknown> = { nodeType: 9, nodeName: '#document', addEventListener: () => {} };
  const element = (name: string): FakeNode => new FakeNode(1, name.toUpperCase(), document);
  Object.assign(document, {
    createElement: element,
    createTextNode: (text: string) => new FakeNode(3, '#text', document, text),
    activeElement: null,
    defaultView: globalThis,
  });
  Object.assign(globalThis, {
    window: globalThis,
    document,
    HTMLIFrameElement: class {},
    IS_REACT_ACT_ENVIRONMENT: true,
  });
  if (globalThis.navigator === undefined) Object.assign(globalThis, { navigator: { userAgent: '' } });
  return element;
}
