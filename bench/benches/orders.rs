//! `cargo bench -p bench --bench orders`: see the crate's README.

fn main() -> anyhow::Result<()> {
    bench::main()
}
