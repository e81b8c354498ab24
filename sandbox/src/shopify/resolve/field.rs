//! Writes an answer as the schema's type of the field demands.

use std::sync::Arc;

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::schema::{ExtendedType, Type};
use serde_json::Value;

use super::connection::{Item, Page};
use super::{Answer, Failure, Node, Object, query, scalar, snake};
use crate::money::Bag;

/// One field on its way to the executor.
pub(super) struct Field<'a> {
    pub object: &'a Object<'a>,
    pub info: &'a ResolveInfo<'a>,
    pub ty: &'a Type,
}

impl<'a> Field<'a> {
    pub fn resolve(&self, answer: Answer) -> Result<ResolvedValue<'a>, Failure> {
        match answer {
            Answer::Leaf(value) => Ok(ResolvedValue::leaf(value)),
            Answer::One(node) => Ok(self.object(node)),
            Answer::Many(nodes) => {
                let objects: Vec<_> = nodes.into_iter().map(|node| self.object(node)).collect();
                Ok(ResolvedValue::list(objects))
            }
            Answer::Some(nodes) => {
                let objects: Vec<_> = nodes
                    .into_iter()
                    .map(|node| node.map_or(ResolvedValue::null(), |node| self.object(node)))
                    .collect();
                Ok(ResolvedValue::list(objects))
            }
            Answer::Paged(items) => {
                let page = match (&self.object.context.walk, &self.object.node) {
                    (Some(walk), Node::Query) => Page::cut(items, &walk.arguments(self.info.arguments()))?,
                    (Some(_), _) => Page::whole(items),
                    (None, _) => Page::cut(items, self.info.arguments())?,
                };
                self.resolve(Answer::Page(page))
            }
            Answer::Page(page) => {
                if let (Some(walk), Node::Query) = (&self.object.context.walk, &self.object.node) {
                    walk.note(&page);
                }
                Ok(self.object(Node::Connection(self.type_name(), Arc::new(page))))
            }
            Answer::Shape(value) => self.shape(value),
            Answer::Plain => self.plain(),
        }
    }

    fn type_name(&self) -> String {
        self.ty.inner_named_type().to_string()
    }

    fn object(&self, node: Node) -> ResolvedValue<'a> {
        // An edge learns its type here, from the field that holds it.
        let node = match node {
            Node::Edge(_, page, index) => Node::Edge(self.type_name(), page, index),
            other => other,
        };
        ResolvedValue::object(Object { context: self.object.context, node })
    }

    fn plain(&self) -> Result<ResolvedValue<'a>, Failure> {
        let name = self.info.field_name();
        if let Node::Shape(_, value) = &self.object.node {
            return match value.get(name) {
                Some(value) => self.shape(value.clone()),
                None => self.absent(),
            };
        }
        let Some((record, currencies)) = self.object.record() else {
            return self.absent();
        };
        let snake = snake(name);
        if self.ty.inner_named_type() == "MoneyBag" {
            let plain = snake.trim_end_matches("_set");
            let known = !record[plain].is_null() || record[&snake].is_object();
            return match currencies {
                Some(currencies) if known || self.ty.is_non_null() => {
                    self.shape(currencies.money_bag(Bag::field(record, plain)))
                }
                _ => self.absent(),
            };
        }
        match record.get(&snake) {
            Some(Value::Null) | None => self.absent(),
            Some(value) => self.shape(value.clone()),
        }
    }

    /// A field that the record does not have: null, an empty list, no, or none.
    fn absent(&self) -> Result<ResolvedValue<'a>, Failure> {
        if !self.ty.is_non_null() {
            return Ok(ResolvedValue::null());
        }
        if self.ty.is_list() {
            return Ok(ResolvedValue::list([]));
        }
        let value = match self.ty.inner_named_type().as_str() {
            "Boolean" => Value::Bool(false),
            "Int" | "Float" => Value::from(0),
            "String" | "HTML" | "FormattedString" => Value::from(""),
            "Money" | "Decimal" => Value::from("0.0"),
            "UnsignedInt64" => Value::from("0"),
            name if name.ends_with("Connection") => return self.resolve(Answer::Paged(Vec::new())),
            other => {
                let message = format!(
                    "the sandbox holds no {} of {} ({other})",
                    self.info.field_name(),
                    self.object.type_name(),
                );
                return Err(Failure::new("INTERNAL_SERVER_ERROR", message));
            }
        };
        Ok(ResolvedValue::leaf(value))
    }

    fn shape(&self, value: Value) -> Result<ResolvedValue<'a>, Failure> {
        if value.is_null() {
            return self.absent();
        }
        let inner = self.ty.inner_named_type();
        match self.info.schema().types.get(inner) {
            Some(ExtendedType::Scalar(_) | ExtendedType::Enum(_)) => {
                let is_enum = self.info.schema().get_enum(inner).is_some();
                match scalar::write(value, inner, is_enum) {
                    Value::Array(items) if self.ty.is_list() => {
                        Ok(ResolvedValue::list(items.into_iter().map(ResolvedValue::leaf)))
                    }
                    written => Ok(ResolvedValue::leaf(written)),
                }
            }
            _ => match value {
                Value::Array(items) if inner.ends_with("Connection") => {
                    let nodes = self.info.schema().get_object(inner).and_then(|object| object.fields.get("nodes"));
                    let nodes = nodes.map_or("", |nodes| nodes.ty.inner_named_type().as_str());
                    let items = items.into_iter().enumerate();
                    let items = items.map(|(index, item)| Item::at(index, self.shaped_as(item, nodes)));
                    self.resolve(Answer::Paged(items.collect()))
                }
                Value::Array(items) => {
                    let objects: Vec<_> = items.into_iter().map(|item| self.object(self.shaped(item))).collect();
                    Ok(ResolvedValue::list(objects))
                }
                item => Ok(self.object(self.shaped(item))),
            },
        }
    }

    fn shaped(&self, value: Value) -> Node {
        self.shaped_as(value, &self.type_name())
    }

    fn shaped_as(&self, value: Value, type_name: &str) -> Node {
        // A payload names a record by its GID; what is selected of it is read from the record.
        if let Some(gid) = value["__gid"].as_str()
            && let Ok(Some(node)) = query::node(self.object.context, gid)
        {
            return match (node, value["__line"].as_u64()) {
                (Node::Order(order), Some(line)) => Node::Line(order, line as usize),
                (node, _) => node,
            };
        }
        let name = value["__typename"].as_str().unwrap_or(type_name);
        Node::Shape(name.to_owned(), value)
    }
}
