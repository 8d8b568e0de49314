// What this project replaces of embind's JavaScript (emcc --js-library), at link time.
//
// Stock embind keeps a call's arguments in arrays and calls through `apply`, decodes texts with
// TextDecoder and copies bytes through iterators of the page: a plugin that patched one of these
// would see every call, and could be handed the core's memory. So the two parts that run at call
// time are js-glue/src/core/text_calls.ts, which uses only what was captured before a plugin ran;
// it stands in `Module`, which embind's registrations find here. They run once, while the core loads.
//
// Types that no function of text_bindings.cpp has are not registered: their code stays out.
// biome-ignore-all lint/complexity/useArrowFunction: Emscripten 3.1.6 drops an arrow function without a word.
mergeInto(LibraryManager.library, {
  $craftInvokerFunction__deps: [],
  $craftInvokerFunction: function (name, types, _classType, invoker, target) {
    return Module.craftCall(name, types, invoker, target);
  },

  _embind_register_std_string__deps: ['$registerType'],
  _embind_register_std_string: function (type, _name) {
    registerType(type, Module.textType);
  },

  $getTypeName__deps: [],
  $getTypeName: function (type) {
    return `type ${type}`;
  },

  _embind_register_bigint__deps: [],
  _embind_register_bigint: function () {},
  _embind_register_float__deps: [],
  _embind_register_float: function () {},
  _embind_register_std_wstring__deps: [],
  _embind_register_std_wstring: function () {},
  _embind_register_emval__deps: [],
  _embind_register_emval: function () {},
  _embind_register_memory_view__deps: [],
  _embind_register_memory_view: function () {},
});
