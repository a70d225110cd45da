//! The split of a wasm module into two, of which the second is loaded when it is needed.
//!
//! The second module has the functions that only some exports reach. It imports the memory, the table and the globals of the first
//! one, and its functions that both call. No function of the first one calls one of the second: it is complete without the second.
//! Data and the entries of the table stay in the first one.

use crate::export_names::{kind_of, nth_name};
use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, FunctionSection, ImportSection, Module, TypeSection,
};
use wasmparser::{
    CodeSectionReader, ElementItems, Export, ExportSectionReader, ExternalKind, FuncType, FunctionBody,
    FunctionSectionReader, GlobalType, MemoryType, Operator, Parser, Payload, TableType, TypeRef,
};

/// The name of the first module in the imports of the second.
const FIRST: &str = "p";

/// Splits a module. `is_deferred` selects the exports whose functions are in the second module.
pub(crate) fn split(module: &[u8], is_deferred: &dyn Fn(&str) -> bool) -> Result<(Vec<u8>, Vec<u8>)> {
    let source = Source::parse(module)?;
    let (deferred, others): (Vec<&Export<'_>>, Vec<&Export<'_>>) = source
        .exports
        .iter()
        .filter(|export| export.kind == ExternalKind::Func)
        .partition(|export| is_deferred(export.name));
    let roots = source.entries.iter().copied().chain(others.iter().map(|export| export.index));
    let first = source.reachable((0..source.imported).chain(roots));
    if let Some(export) = deferred.iter().find(|export| first.contains(&export.index)) {
        bail!("the function of the deferred export {} is called without it", export.name);
    }
    let second = source.reachable(deferred.iter().map(|export| export.index));
    let (shared, own): (Vec<u32>, Vec<u32>) = second.iter().partition(|function| first.contains(function));
    let called: BTreeSet<u32> = own.iter().flat_map(|function| source.calls(*function)).copied().collect();
    let shared: Vec<u32> = shared.into_iter().filter(|function| called.contains(function)).collect();

    let mut names = (0..).map(nth_name).filter(|name| source.exports.iter().all(|export| export.name != name));
    let mut name = move || names.next().unwrap_or_default();
    let mut part = Second { functions: numbered(shared.iter().chain(&own)), ..Second::default() };
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for function in &own {
        functions.function(part.type_index(source.type_of(*function)?)?);
        part.parse_function_body(&mut code, source.body(*function)?.clone())?;
    }
    let (mut imports, mut shared_exports) = (ImportSection::new(), Vec::new());
    for function in &shared {
        let (name, ty) = (name(), part.type_index(source.type_of(*function)?)?);
        imports.import(FIRST, &name, EntityType::Function(ty));
        shared_exports.push((name, ExportKind::Func, *function));
    }
    imports.import(FIRST, "memory", part.entity_type(TypeRef::Memory(source.memory.context("there is no memory")?))?);
    if part.has_table {
        let (name, ty) = (name(), TypeRef::Table(source.table.context("there is no table")?));
        imports.import(FIRST, &name, part.entity_type(ty)?);
        shared_exports.push((name, ExportKind::Table, 0));
    }
    for global in by_number(&part.globals) {
        let (name, ty) = (name(), source.globals.get(global as usize).context("there is no such global")?);
        imports.import(FIRST, &name, part.entity_type(TypeRef::Global(*ty))?);
        shared_exports.push((name, ExportKind::Global, global));
    }
    let mut exports = ExportSection::new();
    for export in deferred {
        exports.export(export.name, kind_of(export.kind), part.function_index(export.index)?);
    }
    let mut types = TypeSection::new();
    for ty in by_number(&part.types) {
        let ty = source.types.get(ty as usize).context("there is no such type")?;
        types.ty().func_type(&part.func_type(ty.clone())?);
    }
    let mut rest = Module::new();
    rest.section(&types).section(&imports).section(&functions).section(&exports).section(&code);

    let mut remaining = First { functions: numbered(&first), imported: source.imported, is_deferred, shared_exports };
    let mut main = Module::new();
    remaining.parse_core_module(&mut main, Parser::new(0), module)?;
    Ok((main.finish(), rest.finish()))
}

/// The numbers of what is numbered in an order.
fn numbered<'a>(order: impl IntoIterator<Item = &'a u32>) -> BTreeMap<u32, u32> {
    order.into_iter().copied().zip(0..).collect()
}

/// Returns the keys of a numbering in the order of their numbers.
fn by_number(numbers: &BTreeMap<u32, u32>) -> Vec<u32> {
    let mut pairs: Vec<_> = numbers.iter().map(|(old, new)| (*new, *old)).collect();
    pairs.sort_unstable();
    pairs.into_iter().map(|(_, old)| old).collect()
}

/// A parsed module, as far as its split needs it.
#[derive(Default)]
struct Source<'a> {
    types: Vec<FuncType>,
    /// The number of imported functions.
    imported: u32,
    /// The types of the functions, first those of the imported ones.
    functions: Vec<u32>,
    /// The bodies of the functions that are not imported, and the functions that each calls.
    bodies: Vec<(FunctionBody<'a>, BTreeSet<u32>)>,
    table: Option<TableType>,
    memory: Option<MemoryType>,
    globals: Vec<GlobalType>,
    exports: Vec<Export<'a>>,
    /// The functions that the table has.
    entries: Vec<u32>,
}

impl<'a> Source<'a> {
    fn parse(module: &'a [u8]) -> Result<Source<'a>> {
        let mut source = Source::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(section) => {
                    source.types = section.into_iter_err_on_gc_types().collect::<Result<_, _>>()?;
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let TypeRef::Func(ty) = import?.ty else { bail!("it imports something other than functions") };
                        source.functions.push(ty);
                        source.imported += 1;
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        source.functions.push(ty?);
                    }
                }
                Payload::TableSection(section) if section.count() == 1 => {
                    source.table = section.into_iter().next().transpose()?.map(|table| table.ty);
                }
                Payload::MemorySection(section) if section.count() == 1 => {
                    source.memory = section.into_iter().next().transpose()?;
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        source.globals.push(global?.ty);
                    }
                }
                Payload::ExportSection(section) => source.exports = section.into_iter().collect::<Result<_, _>>()?,
                Payload::ElementSection(section) => {
                    for element in section {
                        let ElementItems::Functions(functions) = element?.items else {
                            bail!("its table has expressions")
                        };
                        for function in functions {
                            source.entries.push(function?);
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let mut calls = BTreeSet::new();
                    for operator in body.get_operators_reader()? {
                        match operator? {
                            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                                calls.insert(function_index);
                            }
                            Operator::RefFunc { .. } => bail!("it has references to functions"),
                            _ => {}
                        }
                    }
                    source.bodies.push((body, calls));
                }
                Payload::TableSection(_) | Payload::MemorySection(_) | Payload::StartSection { .. } => {
                    bail!("it has several tables or memories, or a start function");
                }
                _ => {}
            }
        }
        Ok(source)
    }

    fn type_of(&self, function: u32) -> Result<u32> {
        self.functions.get(function as usize).copied().with_context(|| format!("there is no function {function}"))
    }

    fn defined(&self, function: u32) -> Option<&(FunctionBody<'a>, BTreeSet<u32>)> {
        self.bodies.get(function.checked_sub(self.imported)? as usize)
    }

    fn body(&self, function: u32) -> Result<&FunctionBody<'a>> {
        self.defined(function).map(|(body, _)| body).with_context(|| format!("function {function} has no body"))
    }

    /// The functions that a function calls.
    fn calls(&self, function: u32) -> impl Iterator<Item = &u32> {
        self.defined(function).into_iter().flat_map(|(_, calls)| calls)
    }

    /// The functions that some functions call, with these.
    fn reachable(&self, roots: impl Iterator<Item = u32>) -> BTreeSet<u32> {
        let mut waiting: Vec<u32> = roots.collect();
        let mut reached = BTreeSet::new();
        while let Some(function) = waiting.pop() {
            if reached.insert(function) {
                waiting.extend(self.calls(function));
            }
        }
        reached
    }
}

/// The error of a part that is in the other module.
#[derive(Debug)]
struct Elsewhere(String);

impl std::fmt::Display for Elsewhere {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} is in the other module", self.0)
    }
}

impl std::error::Error for Elsewhere {}

fn new_number(numbers: &BTreeMap<u32, u32>, function: u32) -> Result<u32, Error<Elsewhere>> {
    let missing = || Error::UserError(Elsewhere(format!("function {function}")));
    numbers.get(&function).copied().ok_or_else(missing)
}

/// The numbers in the second module. Types and globals are numbered as they are used.
#[derive(Default)]
struct Second {
    functions: BTreeMap<u32, u32>,
    types: BTreeMap<u32, u32>,
    globals: BTreeMap<u32, u32>,
    has_table: bool,
}

/// The number of something that gets the next number if it has none.
fn number_of(numbers: &mut BTreeMap<u32, u32>, old: u32) -> u32 {
    let next = numbers.len() as u32;
    *numbers.entry(old).or_insert(next)
}

impl Reencode for Second {
    type Error = Elsewhere;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Elsewhere>> {
        new_number(&self.functions, function)
    }

    fn type_index(&mut self, ty: u32) -> Result<u32, Error<Elsewhere>> {
        Ok(number_of(&mut self.types, ty))
    }

    fn global_index(&mut self, global: u32) -> Result<u32, Error<Elsewhere>> {
        Ok(number_of(&mut self.globals, global))
    }

    fn table_index(&mut self, table: u32) -> Result<u32, Error<Elsewhere>> {
        self.has_table = true;
        Ok(table)
    }

    fn data_index(&mut self, data: u32) -> Result<u32, Error<Elsewhere>> {
        Err(Error::UserError(Elsewhere(format!("data segment {data}"))))
    }
}

/// The first module: the whole one without the functions of the second.
struct First<'a> {
    functions: BTreeMap<u32, u32>,
    imported: u32,
    is_deferred: &'a dyn Fn(&str) -> bool,
    /// The exports for the second module, with the numbers in the whole one.
    shared_exports: Vec<(String, ExportKind, u32)>,
}

impl Reencode for First<'_> {
    type Error = Elsewhere;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Elsewhere>> {
        new_number(&self.functions, function)
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error<Elsewhere>> {
        for (ty, function) in section.into_iter().zip(self.imported..) {
            if self.functions.contains_key(&function) {
                functions.function(self.type_index(ty?)?);
            }
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error<Elsewhere>> {
        for (body, function) in section.into_iter().zip(self.imported..) {
            if self.functions.contains_key(&function) {
                self.parse_function_body(code, body?)?;
            }
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: ExportSectionReader<'_>,
    ) -> Result<(), Error<Elsewhere>> {
        for export in section {
            let export = export?;
            if export.kind != ExternalKind::Func || !(self.is_deferred)(export.name) {
                self.parse_export(exports, export)?;
            }
        }
        for (name, kind, number) in &self.shared_exports {
            let number = if *kind == ExportKind::Func { new_number(&self.functions, *number)? } else { *number };
            exports.export(name, *kind, number);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{
        ConstExpr, ElementSection, Elements, Function, GlobalSection, Instruction, MemorySection, TableSection, ValType,
    };

    /// A module with the functions 0 (imported), 1 (`a`: calls 3), 2 (`b`: calls 0, 3 and 4, and a function of the table), 3, 4 and 5,
    /// which is in the table.
    fn module(entry: u32) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([ValType::I32], []);
        let mut imports = ImportSection::new();
        imports.import("js", "throw", EntityType::Function(1));
        let mut functions = FunctionSection::new();
        for _ in 1..6 {
            functions.function(0);
        }
        let mut tables = TableSection::new();
        let ty = wasm_encoder::RefType::FUNCREF;
        tables.table(wasm_encoder::TableType {
            element_type: ty,
            table64: false,
            minimum: 1,
            maximum: Some(1),
            shared: false,
        });
        let mut memories = MemorySection::new();
        memories.memory(wasm_encoder::MemoryType {
            minimum: 2,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut globals = GlobalSection::new();
        let stack = wasm_encoder::GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        globals.global(stack, &ConstExpr::i32_const(64));
        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 0).export("a", ExportKind::Func, 1).export(
            "b",
            ExportKind::Func,
            2,
        );
        let mut elements = ElementSection::new();
        elements.active(None, &ConstExpr::i32_const(0), Elements::Functions([entry].as_slice().into()));
        let mut code = CodeSection::new();
        let body = |instructions: &[Instruction<'_>]| {
            let mut function = Function::new([]);
            for instruction in instructions.iter().chain([&Instruction::End]) {
                function.instruction(instruction);
            }
            function
        };
        code.function(&body(&[Instruction::Call(3)]));
        code.function(&body(&[
            Instruction::GlobalGet(0),
            Instruction::Call(0),
            Instruction::Call(3),
            Instruction::Call(4),
            Instruction::I32Const(0),
            Instruction::CallIndirect { type_index: 0, table_index: 0 },
        ]));
        for _ in 3..6 {
            code.function(&body(&[]));
        }
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&tables).section(&memories);
        module.section(&globals).section(&exports).section(&elements).section(&code);
        module.finish()
    }

    /// The imports, the exports and the number of the functions of a module.
    fn shape(module: &[u8]) -> (Vec<String>, Vec<String>, usize) {
        let (mut imports, mut exports, mut functions) = (Vec::new(), Vec::new(), 0);
        for payload in Parser::new(0).parse_all(module) {
            match payload.unwrap() {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import.unwrap();
                        imports.push(format!("{}.{}", import.module, import.name));
                    }
                }
                Payload::ExportSection(section) => {
                    exports.extend(section.into_iter().map(|export| export.unwrap().name.to_owned()));
                }
                Payload::CodeSectionEntry(_) => functions += 1,
                _ => {}
            }
        }
        (imports, exports, functions)
    }

    #[test]
    fn the_second_module_has_the_functions_of_the_deferred_exports_alone() {
        let (first, second) = split(&module(5), &|name| name == "b").unwrap();
        let list = |names: &str| names.split(' ').map(str::to_owned).collect::<Vec<_>>();
        // Functions 0 and 3, the table and the global are exported for the second one; 2 and 4 are gone.
        assert_eq!(shape(&first), (list("js.throw"), list("memory a c d e f"), 3));
        assert_eq!(shape(&second), (list("p.c p.d p.memory p.e p.f"), list("b"), 2));
        let whole = Source::parse(&second).err().map(|error| error.to_string());
        assert_eq!(whole.as_deref(), Some("it imports something other than functions"));
        let first = Source::parse(&first).unwrap();
        assert_eq!((first.calls(1).copied().collect::<Vec<_>>(), first.entries), (vec![2], vec![3]));
    }

    #[test]
    fn a_deferred_function_that_the_first_module_needs_is_an_error() {
        let error = split(&module(2), &|name| name == "b").unwrap_err().to_string();
        assert_eq!(error, "the function of the deferred export b is called without it");
        assert!(split(b"\0asm\x01\0\0\0\x07\x7f", &|_| false).is_err());
    }
}
