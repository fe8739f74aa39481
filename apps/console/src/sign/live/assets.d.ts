/** The bundler's address of a file of a package. */
declare module '@evan/opus/wasm/opus.wasm?url' {
  const address: string;
  export default address;
}
