// Scans an HTML document for the start of its head and the inline scripts a browser will run.
//
// Follows the HTML tokenizer (section 13.2.5) as far as needed to recognise tags: comments,
// attribute values, raw text (title, style, ...), escaped script text. Content of a <template> does
// not run. Documents are UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::bff {

/// The result of a scan.
struct HtmlFacts {
  /// The offset after "<head ...>"; without that tag, after the doctype, where the parser opens the
  /// head.
  std::size_t head_at = 0;
  /// "sha256-BASE64" of every inline script that runs (classic, module, import map, speculation
  /// rules), as CSP computes it: over the parsed text, with LF line breaks (section 13.2.3.5) and
  /// U+FFFD for NUL. Unique, in order.
  std::vector<std::string> script_hashes;
};

/// Scans a document. Linear.
[[nodiscard]] HtmlFacts scan_html(std::string_view html);

/// The text that the parser makes of a script's bytes.
[[nodiscard]] std::string script_text(std::string_view bytes);

}  // namespace portcullis::bff
