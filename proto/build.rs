//! Compiles the .proto files without protoc, and gives every message of events.proto its JSON form.

use std::{env, error::Error, fs, path::Path};

use prost::Message as _;
use prost_types::{
    DescriptorProto,
    field_descriptor_proto::{Label, Type},
};
use tonic_prost_build::Builder;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let files = protox::compile(["stateset/v1/events.proto", "stateset/v1/connector.proto"], ["proto"])?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("descriptors.bin"), files.encode_to_vec())?;

    let mut builder = tonic_prost_build::configure();
    for file in files.file.iter().filter(|f| f.name().ends_with("events.proto")) {
        for message in &file.message_type {
            builder = json(builder, &format!("{}.{}", file.package(), message.name()), message);
        }
    }
    builder.compile_fds(files)?;
    Ok(())
}

/// lowerCamelCase names, absent means default, defaults are left out, and an unknown name is an error.
fn json(builder: Builder, path: &str, message: &DescriptorProto) -> Builder {
    let mut builder = builder
        .message_attribute(path, "#[derive(::serde::Serialize, ::serde::Deserialize, ::utoipa::ToSchema)]")
        .message_attribute(path, "#[serde(rename_all = \"camelCase\", default, deny_unknown_fields)]");
    for field in &message.field {
        let absent = match (field.label(), field.r#type()) {
            (Label::Repeated, _) => "Vec::is_empty",
            (_, Type::Message) => "Option::is_none",
            _ if field.proto3_optional() => "Option::is_none",
            (_, Type::String) => "String::is_empty",
            (_, Type::Bool) => "::std::ops::Not::not",
            _ => continue,
        };
        let attribute = format!("#[serde(skip_serializing_if = \"{absent}\")]");
        builder = builder.field_attribute(format!("{path}.{}", field.name()), attribute);
    }
    builder
}
