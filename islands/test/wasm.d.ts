/** A program as the text of a `data:` address. */
declare module "*.wasm?url&inline" {
  const address: string;
  export default address;
}
