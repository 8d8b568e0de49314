// Manifests and problems as JSON. Key order is part of the contract: bytes are compared.
#include "json.hpp"
#include "portcullis/manifest.hpp"
#include "portcullis/param_shape.hpp"

namespace portcullis {

namespace {

void write_text(json::Writer& writer, std::string_view key, const std::string& text) {
  if (!text.empty()) writer.key(key).string(text);
}

void write_raw(json::Writer& writer, std::string_view key, const std::string& json) {
  if (!json.empty()) writer.key(key).raw(json);
}

void write_param(json::Writer& writer, const ParamSpec& spec) {
  writer.key(spec.name);
  switch (spec.kind) {
    case ParamSpec::kNamed:
      writer.string(name(spec.named));
      break;
    case ParamSpec::kChoices:
      writer.begin_array();
      for (const std::string& choice : spec.choices) writer.string(choice);
      writer.end_array();
      break;
    case ParamSpec::kRegex:
      writer.begin_object().key("regex").string(spec.regex).end_object();
      break;
  }
}

void write_rule(json::Writer& writer, const ApiRule& rule) {
  // Rules make up most of a manifest: their constant part is one literal per method.
  static constexpr std::string_view kHeads[kMethods] = {
      R"({"method":"GET","path":)",   R"({"method":"HEAD","path":)",
      R"({"method":"POST","path":)",  R"({"method":"PUT","path":)",
      R"({"method":"PATCH","path":)", R"({"method":"DELETE","path":)"};
  writer.raw(kHeads[static_cast<std::size_t>(rule.method)]).string(rule.path);
  if (!rule.params.empty()) {
    writer.key("params").begin_object();
    for (const ParamSpec& spec : rule.params) write_param(writer, spec);
    writer.end_object();
  }
  writer.end_object();
}

}  // namespace

std::string to_json(const Manifest& manifest) {
  json::Writer writer;
  writer.begin_object();
  writer.key("id").string(manifest.id).key("version").string(manifest.version);
  writer.key("engine").begin_object();
  writer.key("experience").string(manifest.engine_experience).end_object();
  write_text(writer, "displayName", manifest.display_name);
  write_text(writer, "description", manifest.description);
  write_text(writer, "author", manifest.author);
  write_text(writer, "category", manifest.category);
  if (!manifest.tags.empty()) {
    writer.key("tags").begin_array();
    for (const std::string& tag : manifest.tags) writer.string(tag);
    writer.end_array();
  }
  write_text(writer, "iconUrl", manifest.icon_url);
  writer.key("trust").string(name(manifest.trust));
  write_raw(writer, "features", manifest.features_json);
  write_raw(writer, "config", manifest.config_json);
  write_raw(writer, "roles", manifest.roles_json);
  writer.key("contributions").begin_object().key("routes").begin_array();
  for (const Route& route : manifest.routes) {
    writer.begin_object().key("path").string(route.path);
    writer.key("component").string(route.component).key("resource").string(route.resource);
    writer.key("action").string(route.action).end_object();
  }
  writer.end_array().key("widgets").begin_array();
  for (const Widget& widget : manifest.widgets) {
    writer.begin_object().key("slot").string(widget.slot);
    writer.key("component").string(widget.component).key("resource").string(widget.resource);
    writer.key("action").string(widget.action).end_object();
  }
  writer.end_array().end_object();
  writer.key("permissions").begin_object().key("api").begin_array();
  for (const ApiRule& rule : manifest.api) write_rule(writer, rule);
  writer.end_array().key("sse").begin_array();
  for (const std::string& prefix : manifest.sse) writer.string(prefix);
  writer.end_array().end_object();
  return writer.end_object().take();
}

std::string signing_statement(const Manifest& manifest, const Integrity& bundle) {
  return "portcullis-manifest-v1\nsha256:" + bundle.hex() + '\n' + to_json(manifest) + '\n';
}

std::string to_json(const std::vector<Problem>& problems) {
  json::Writer writer;
  writer.begin_array();
  for (const Problem& problem : problems) {
    writer.begin_object().key("severity").string(name(problem.severity));
    writer.key("code").string(name(problem.code)).key("pointer").string(problem.pointer);
    writer.key("message").string(problem.message).end_object();
  }
  return writer.end_array().take();
}

}  // namespace portcullis
