//! `cargo bench -p bench --bench inventory`: see the crate's README.

fn main() -> anyhow::Result<()> {
    bench::inventory::main()
}
