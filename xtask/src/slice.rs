//! Cutting a schema down to a list of types, so that what remains is a valid schema of its own.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, anyhow, bail, ensure};
use apollo_compiler::ast::{FieldDefinition, InputValueDefinition};
use apollo_compiler::collections::IndexMap;
use apollo_compiler::schema::{Component, ComponentName, ExtendedType};
use apollo_compiler::{Name, Schema};

type Fields = IndexMap<Name, Component<FieldDefinition>>;

/// The types to keep, each with the only fields to keep (`None` = all that lead to kept types).
pub struct Keep(BTreeMap<String, Option<BTreeSet<String>>>);

impl Keep {
    /// Reads lines of the form `Name` or `Name: field field`; `#` starts a comment.
    pub fn parse(text: &str) -> Result<Self> {
        let mut keep = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let (name, fields) = match line.split_once(':') {
                Some((name, fields)) => (name.trim(), Some(fields.split_whitespace().map(str::to_owned).collect())),
                None => (line, None),
            };
            let earlier = keep.insert(name.to_owned(), fields);
            ensure!(earlier.is_none(), "line {}: {name} is listed twice", index + 1);
        }
        Ok(Self(keep))
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn only(&self, name: &str) -> Option<&BTreeSet<String>> {
        self.0.get(name).and_then(Option::as_ref)
    }
}

/// The slice of the schema in `full`, as GraphQL definitions.
///
/// Deprecated output fields and arguments are left out, unless a kept interface demands them, so
/// that a document of ours cannot come to depend on one.
pub fn slice(full: &str, keep: &Keep) -> Result<String> {
    let full = Schema::parse_and_validate(full, "full.graphql")
        .map_err(|invalid| anyhow!("the full schema is not valid:\n{}", invalid.errors))?
        .into_inner();
    for name in keep.0.keys() {
        let known = full.types.get(name.as_str());
        let known = known.with_context(|| format!("{name} is not in the schema: correct the list"))?;
        ensure!(!is_leaf(known), "{name} is an enum or a scalar: take it off the list");
    }

    let mut slice = full.clone();
    slice.types.retain(|name, _| full.types[name].is_built_in() || keep.has(name));
    let mut leaves = BTreeSet::new();
    for (name, kept) in &mut slice.types {
        match kept {
            ExtendedType::Object(object) if !object.is_built_in() => {
                let object = object.make_mut();
                object.implements_interfaces.retain(|one| keep.has(&one.name));
                let demanded = demanded_fields(&full, object.implements_interfaces.iter());
                prune_fields(&full, keep, name, &mut object.fields, &demanded, &mut leaves)?;
            }
            ExtendedType::Interface(interface) => {
                let interface = interface.make_mut();
                interface.implements_interfaces.retain(|one| keep.has(&one.name));
                let demanded = demanded_fields(&full, interface.implements_interfaces.iter());
                prune_fields(&full, keep, name, &mut interface.fields, &demanded, &mut leaves)?;
            }
            ExtendedType::Union(union) => {
                let union = union.make_mut();
                let first = union.members.first().cloned();
                // Members that are scalars or enums do not exist; only kept objects remain.
                union.members.retain(|member| keep.has(&member.name));
                ensure!(!union.members.is_empty(), "union {name}: list a member, such as {first:?}");
            }
            ExtendedType::InputObject(input) => {
                let fields = &mut input.make_mut().fields;
                for field in fields.values().filter(|field| field.is_required()) {
                    let named = field.ty.inner_named_type();
                    ensure!(survives(&full, keep, named), "{name}.{} is required: list {named}", field.name);
                }
                fields.retain(|_, field| survives(&full, keep, field.ty.inner_named_type()));
                leaves.extend(fields.values().map(|field| field.ty.inner_named_type().clone()));
            }
            _ => {}
        }
    }
    for (name, leaf) in full.types.iter().filter(|(name, leaf)| is_leaf(leaf) && leaves.contains(*name)) {
        slice.types.insert(name.clone(), leaf.clone());
    }
    slice.types.sort_unstable_keys();

    let printed = slice.to_string();
    match Schema::parse_and_validate(&printed, "slice.graphql") {
        Ok(_) => Ok(printed),
        Err(invalid) => bail!("the slice is not a valid schema:\n{}", invalid.errors),
    }
}

/// Keeps what was asked for of an object's or interface's fields and notes the enums and scalars that they need.
fn prune_fields(
    full: &Schema,
    keep: &Keep,
    owner: &Name,
    fields: &mut Fields,
    demanded: &BTreeSet<Name>,
    leaves: &mut BTreeSet<Name>,
) -> Result<()> {
    for field in fields.values_mut() {
        field.make_mut().arguments.retain(|argument| argument.is_required() || !is_deprecated(argument));
    }
    fields.retain(|name, field| {
        let arguments = field.arguments.iter().map(|argument| argument.ty.inner_named_type());
        let mut named = arguments.chain([field.ty.inner_named_type()]);
        let asked = keep.only(owner).is_none_or(|only| only.contains(name.as_str()));
        let current = field.directives.get("deprecated").is_none() || demanded.contains(name);
        asked && current && named.all(|name| survives(full, keep, name))
    });
    for name in keep.only(owner).into_iter().flatten() {
        let survived = fields.contains_key(name.as_str());
        ensure!(survived, "{owner}.{name} is unknown, deprecated, or needs a type that is not listed");
    }
    ensure!(!fields.is_empty(), "{owner} keeps no field: list the types that its fields need");
    for field in fields.values() {
        let arguments = field.arguments.iter().map(|argument| argument.ty.inner_named_type());
        leaves.extend(arguments.chain([field.ty.inner_named_type()]).cloned());
    }
    Ok(())
}

/// The fields that these interfaces have and do not deprecate: their implementers must keep them.
fn demanded_fields<'a>(full: &Schema, interfaces: impl Iterator<Item = &'a ComponentName>) -> BTreeSet<Name> {
    interfaces
        .filter_map(|interface| full.get_interface(&interface.name))
        .flat_map(|interface| interface.fields.values())
        .filter(|field| field.directives.get("deprecated").is_none())
        .map(|field| field.name.clone())
        .collect()
}

fn survives(full: &Schema, keep: &Keep, name: &Name) -> bool {
    keep.has(name) || full.types.get(name).is_some_and(is_leaf)
}

fn is_leaf(definition: &ExtendedType) -> bool {
    definition.is_enum() || definition.is_scalar()
}

fn is_deprecated(argument: &InputValueDefinition) -> bool {
    argument.directives.get("deprecated").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = r#"
        type Query { order(id: ID!, old: Int @deprecated): Order node(id: ID!): Node secrets: Secrets find(by: Filter): Order }
        interface Node { id: ID! }
        type Order implements Node { id: ID! state: State! price: Money! @deprecated total: Money! secrets: Secrets owner: Owner }
        type Secrets { all: String }
        type Person { name: String }
        type Company { name: String }
        union Owner = Person | Company
        enum State { OPEN CLOSED }
        enum Unused { A }
        scalar Money
        input Filter @oneOf { id: ID state: Inner }
        input Inner { a: Int }
        directive @oneOf on INPUT_OBJECT
        directive @idempotent(key: String!) on FIELD
    "#;

    fn sliced(keep: &str) -> Result<String> {
        slice(FULL, &Keep::parse(keep)?)
    }

    #[test]
    fn keeps_what_is_listed_and_the_leaves_it_needs() {
        let slice = sliced("Query: order node find\nOrder\nNode\nOwner\nPerson # members\nFilter").unwrap();
        for kept in [
            "state: State!",
            "scalar Money",
            "enum State",
            "union Owner = Person",
            "@idempotent",
            "input Filter @oneOf",
            "implements Node",
        ] {
            assert!(slice.contains(kept), "{kept} is missing in\n{slice}");
        }
        for gone in ["Secrets", "Unused", "Company", "price", "old: Int", "Inner"] {
            assert!(!slice.contains(gone), "{gone} is left in\n{slice}");
        }
    }

    #[test]
    fn names_what_is_wrong_with_the_list() {
        for (list, complaint) in [
            ("Query\nOdrer", "Odrer is not in the schema"),
            ("Query\nState", "State is an enum or a scalar"),
            ("Query: order\nOrder: price", "Order.price is unknown, deprecated"),
            ("Query: secrets", "Query.secrets is unknown, deprecated, or needs a type that is not listed"),
            ("Query\nQuery", "listed twice"),
            ("Query\nOrder\nOwner", "union Owner: list a member"),
        ] {
            let error = format!("{:#}", sliced(list).unwrap_err());
            assert!(error.contains(complaint), "{list:?} gave {error}");
        }
    }
}
