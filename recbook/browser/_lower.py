"""선언한 커널을 WebAssembly 모듈로 낮춥니다. `build`가 띄운 새 프로세스에서만 돕니다.

커널마다 Numba가 낸 LLVM 코드를 받아 하나로 잇고, 브라우저용으로 다시 최적화합니다.

    커널 ──Numba──→ LLVM 코드 ─┐
    껍데기(인자 엮기) ─────────┼→ 잇기 → 최적화 → 목적 파일 → `_module.finish`
    채우기(밖에 있던 함수) ────┘

Numba는 이 기계의 CPU에 맞는 코드를 내므로, 환경 변수(`_build.ENVIRONMENT`)로 최적화를
끄고 어느 CPU에나 맞는 날것을 받습니다. 크기와 자리를 32비트로 셈하게 하는 일은
`_narrow`가 하고, 포인터의 크기는 LLVM이 wasm32에 맞춥니다.
"""

import importlib
import inspect
import json
import pkgutil
import re
import sys
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import recbook.browser._narrow  # noqa: F401  (Numba보다 먼저)

# isort: split

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.callconv import CPUCallConv
from numba.core.cpu import CPUContext, CPUTargetOptions
from numba.core.errors import LoweringError, NumbaError, NumbaWarning
from numba.core.registry import CPUTarget, cpu_target
from numba.np import arrayobj

from recbook import kernels as home
from recbook.browser._module import (
    ERROR,
    FUNCTION_TABLE,
    UndefinedSymbolError,
    finish,
)
from recbook.kernels._declare import BRIEF, DECLARED, SPREAD, Declaration

__all__ = ["RefusedError", "import_kernels", "lower"]

_TRIPLE = "wasm32-unknown-unknown"
# 2023년 뒤의 브라우저가 모두 아는 것들. memory.fill과 memory.copy, 부호 확장,
# 넘쳐도 멈추지 않는 실수→정수 변환, 16바이트 벡터입니다.
_FEATURES = "+simd128,+bulk-memory,+bulk-memory-opt,+sign-ext,+nontrapping-fptoint"

# 여러 곳에서 부르지만 길어서 하나만 두는 도우미. 부르는 값은 하는 일에 견주어 작습니다.
_SHARED = re.compile(r"primitives\d+_native_(?:dots|axpys|dot.*ArrayIf)")
_SHORT = 25  # 이보다 긴 나머지 함수는 펼치지 않습니다
_FAIL = "fail"

_I32 = ir.IntType(32)
_TYPE = re.compile(r"(\w+)(\[(?:(?::, )*::1)\])?")
_ELEMENTS = ("int32", "float32", "float64", "uint64")
# 수마다 JS와 주고받는 형. int64는 32비트로 줄여, BigInt는 uint64에만 씁니다.
_SCALARS = {
    "int32": types.int32,
    "int64": types.int32,
    "boolean": types.int32,
    "uint64": types.uint64,
    "float32": types.float32,
    "float64": types.float64,
}

# Numba가 이 프로세스의 주소를 담아 두는 전역 변수의 이름.
_ADDRESS = "numba.dynamic.globals"
# 모듈 안에 없는 것의 이름에서, 그것을 쓰게 하는 표현으로. 앞의 것이 더 뚜렷한 까닭이라,
# 딸려 온 것(BLAS를 부르면 파이썬의 잠금도 잡습니다)은 말하지 않습니다.
_CONSTRUCTS = (
    (
        ("numba_xx", "numba_ez"),
        "BLAS나 LAPACK을 부르는 표현(np.dot, @, np.linalg). primitives의 dot과 axpy나 "
        "반복문으로 쓰십시오",
    ),
    (
        ("NRT_",),
        "배열이나 리스트를 새로 만드는 표현(np.empty, np.zeros, .copy(), np.sort, "
        "np.where, 리스트, 배열을 조각에 통째로 옮기는 a[:] = b). 임시 배열을 인자로 "
        "받고 반복문으로 쓰십시오",
    ),
    (
        ("numba_get_np_random", "numba_get_py_random", "numba_rnd"),
        "전역 난수(np.random, random). 상태를 인자로 받는 primitives의 uniform이나 "
        "next_below를 쓰십시오",
    ),
    (
        ("pow", "exp2", "ldexp"),
        "지수가 변수인 거듭제곱(x ** y). 지수를 상수로 적거나 primitives의 exp와 log를 "
        "쓰십시오",
    ),
    ((_ADDRESS,), "1MB보다 크거나 이어져 있지 않은 전역 배열. 인자로 받으십시오"),
    ((FUNCTION_TABLE,), "함수를 값으로 다루는 표현. 함수를 이름으로 바로 부르십시오"),
    (
        ("Py", "numba_gil"),
        "파이썬 객체를 쓰는 표현(print, 글자). 배열과 수만 쓰십시오",
    ),
    (
        ("",),
        "WebAssembly에 없는 함수. 수학 함수라면 primitives의 exp, log, sigmoid나 "
        "사칙연산, sqrt, floor, ceil, trunc, abs, rint로 쓰십시오",
    ),
)
_DYNAMIC_ERROR = (
    "글이 실행할 때 정해지는 예외는 옮길 수 없습니다. raise의 글을 상수로 적으십시오. "
    "배열을 조각에 통째로 옮기는 a[:] = b도 그런 예외를 품으므로 반복문으로 쓰십시오."
)


class RefusedError(Exception):
    """브라우저로 옮길 수 없는 커널이 있을 때. 글에 커널과 표현의 이름이 있습니다."""


# 선언 읽기 -----------------------------------------------------------------------


@dataclass(frozen=True)
class _Kernel:
    """형을 읽은 선언."""

    name: str
    dispatcher: Any
    arguments: dict[str, Any]  # 이름 → Numba의 형


def _parse(text: str) -> Any:
    """``"float64[:, ::1]"``을 Numba의 형으로. 모르는 형이면 None."""
    match = _TYPE.fullmatch(text)
    if match is None:
        return None
    element, dimensions = match.groups()
    if dimensions is None:
        # 이 기계의 기본 정수 int64는 여기서는 32비트입니다.
        wide = {"int64": types.intp}
        known = element in _SCALARS
        return wide.get(element, getattr(types, element)) if known else None
    if element not in _ELEMENTS:
        return None
    return types.Array(getattr(types, element), dimensions.count(":, ") + 1, "C")


def _read(name: str, declaration: Declaration) -> _Kernel:
    function = declaration.kernel.py_func
    arguments = {}
    for parameter in inspect.signature(function).parameters:
        text = declaration.types.get(parameter)
        if text is None:
            raise RefusedError(
                f"커널 {name}: 인자 {parameter}의 형이 선언에 없습니다. "
                f'browser({parameter}="float32[::1]")처럼 적으십시오.'
            )
        arguments[parameter] = _parse(text)
        if arguments[parameter] is None:
            raise RefusedError(
                f"커널 {name}: 인자 {parameter}의 형 '{text}'은 쓸 수 없습니다. 배열은 "
                f"{', '.join(_ELEMENTS)}의 C 순서(예: float32[:, ::1]), 수는 "
                f"{', '.join(_SCALARS)} 가운데에서 적으십시오."
            )
    return _Kernel(name, declaration.kernel, arguments)


# 오류: 번호와 글 ------------------------------------------------------------------


def _refuse_dynamic(*args: Any, **options: Any) -> None:
    raise LoweringError(_DYNAMIC_ERROR)


class _NumberedErrors(CPUCallConv):
    """`raise`를 번호로 바꾸는 호출 규약.

    Numba는 예외를 pickle로 적어 두고 그 주소를 돌려줍니다. pickle은 브라우저에서 읽을
    수 없고 파일의 경로까지 담으므로 번호만 남기고 글은 따로 모읍니다. 번호를 적고 바로
    멈추므로, 부른 쪽이 부를 때마다 오류인지 확인하는 코드도 사라집니다.
    """

    errors: ClassVar[list[tuple[str, str]]] = []
    """예외의 이름과 글. n번째 것의 번호는 n + 1입니다."""

    def set_static_user_exc(
        self,
        builder: Any,
        exc: Any,
        exc_args: Any = None,
        loc: Any = None,
        func_name: Any = None,
    ) -> None:
        error = (exc.__name__, " ".join(map(str, exc_args or ())))
        if error not in self.errors:
            self.errors.append(error)
        kind = ir.FunctionType(ir.VoidType(), [_I32])
        fail = cgutils.get_or_insert_function(builder.module, kind, _FAIL)
        builder.call(fail, [ir.Constant(_I32, self.errors.index(error) + 1)])

    def return_user_exc(
        self,
        builder: Any,
        exc: Any,
        exc_args: Any = None,
        loc: Any = None,
        func_name: Any = None,
    ) -> None:
        self.set_static_user_exc(builder, exc, exc_args)
        builder.unreachable()

    def set_dynamic_user_exc(self, *args: Any, **options: Any) -> None:
        _refuse_dynamic()


class _Bare(CPUTargetOptions):
    """파이썬에서 부를 길을 내지 않고, 도우미를 펼칠지는 `_mark`에서 정하는 설정."""

    def finalize(self, flags: Any, options: Any) -> None:
        super().finalize(flags, options)
        flags.no_cpython_wrapper = True
        flags.no_cfunc_wrapper = True
        flags.forceinline = False


def _index(context: Any, builder: Any, kind: Any, index: Any, size: Any) -> Any:
    """배열의 자리. 음수를 뒤에서부터 세는 것은 -1처럼 글자로 적은 때만입니다.

    Numba는 읽고 쓸 때마다 음수인지 보고 크기를 더합니다. 커널의 번호는 0 이상이라는
    약속이 있으므로(`recbook.kernels`) 셈한 번호에는 그 일을 하지 않습니다.
    """
    if isinstance(kind, types.IntegerLiteral):
        return _any_index(context, builder, kind, index, size)
    return context.cast(
        builder, index, kind, types.intp if kind.signed else types.uintp
    )


def _copy(context: Any, builder: Any, signature: Any, *rest: Any) -> Any:
    """배열의 조각에 적기. 수 하나로 채우는 것만 됩니다.

    배열을 옮기면 두 모양을 글에 담은 예외가 따라오는데, Numba의 그 코드는 64비트입니다.
    """
    if isinstance(signature.args[2], types.Buffer):
        _refuse_dynamic()
    return _any_copy(context, builder, signature, *rest)


# 첫 컴파일보다 먼저 갈아 끼웁니다. 이 프로세스의 Numba만 바뀝니다.
CPUContext.call_conv = property(_NumberedErrors)
CPUTarget.options = _Bare
_any_index, arrayobj.fix_integer_index = arrayobj.fix_integer_index, _index
_any_copy, arrayobj.fancy_setslice = arrayobj.fancy_setslice, _copy
# WebAssembly에는 64비트 나눗셈이 있습니다.
cpu_target.target_context.is32bit = False
# Numba는 컴파일한 것을 이 프로세스에도 올립니다. 돌리지는 않으므로 주소는 아무것이나.
llvm.add_symbol(_FAIL, 1)


# LLVM 모듈 -----------------------------------------------------------------------


def _target_machine() -> Any:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    target = llvm.Target.from_triple(_TRIPLE)
    return target.create_target_machine(
        cpu="generic", features=_FEATURES, opt=3, reloc="static"
    )


def _fillings() -> ir.Module:
    """Numba의 코드가 밖에 있다고 여기는 것 가운데, 여기서 채울 수 있는 것.

    배열의 참조 횟수는 셀 것이 없습니다(넘겨받은 배열의 임자는 JS입니다). 제곱근과
    올림·내림은 WebAssembly의 명령입니다. 커널이 예외를 내면 그 번호를 적고 멈춥니다.
    """
    module = ir.Module()
    error = ir.GlobalVariable(module, _I32, ERROR)
    error.initializer = ir.Constant(_I32, 0)
    fail = ir.Function(module, ir.FunctionType(ir.VoidType(), [_I32]), _FAIL)
    for attribute in ("cold", "noinline", "noreturn"):
        fail.attributes.add(attribute)
    builder = ir.IRBuilder(fail.append_basic_block())
    builder.store(fail.args[0], error)
    trap = ir.FunctionType(ir.VoidType(), [])
    builder.call(ir.Function(module, trap, "llvm.trap"), ())
    builder.unreachable()
    pointer = ir.PointerType(ir.IntType(8))
    for name in ("NRT_incref", "NRT_decref"):
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), [pointer]), name)
        ir.IRBuilder(function.append_basic_block()).ret_void()
    for suffix, number in (("", ir.DoubleType()), ("f", ir.FloatType())):
        kind = ir.FunctionType(number, [number])
        for name in ("sqrt", "floor", "ceil", "trunc", "fabs", "rint", "nearbyint"):
            instruction = module.declare_intrinsic(f"llvm.{name}", [number])
            function = ir.Function(module, kind, name + suffix)
            builder = ir.IRBuilder(function.append_basic_block())
            builder.ret(builder.call(instruction, function.args))
    return module


class _Wrapper:
    """JS가 부를 껍데기: 포인터와 크기를 배열로 엮어 커널을 부릅니다."""

    def __init__(self, kernel: _Kernel, overload: Any) -> None:
        self.context = context = cpu_target.target_context
        self.module = ir.Module()
        callee = context.declare_function(self.module, overload.fndesc)
        callee.linkage = "external"
        kinds = tuple(kernel.arguments.values())
        returns = overload.signature.return_type
        given = [flat for kind in kinds for flat in self._flat(kind)]
        function = ir.Function(
            self.module, ir.FunctionType(self._returned(returns), given), kernel.name
        )
        self.builder = ir.IRBuilder(function.append_basic_block())
        values = iter(function.args)
        _, result = context.call_conv.call_function(
            self.builder,
            callee,
            returns,
            kinds,
            [self._argument(kind, values) for kind in kinds],
        )
        if returns == types.none:
            self.builder.ret_void()
        else:
            outside = _SCALARS[_name(returns)]
            self.builder.ret(context.cast(self.builder, result, returns, outside))

    def _returned(self, kind: Any) -> Any:
        return ir.VoidType() if kind == types.none else self._flat(kind)[0]

    def _flat(self, kind: Any) -> list[Any]:
        """인자 하나가 껍데기에서 차지하는 인자들의 형."""
        if isinstance(kind, types.Array):
            pointer = self.context.get_data_type(kind.dtype).as_pointer()
            return [pointer, *[_I32] * kind.ndim]
        return [self.context.get_value_type(_SCALARS[_name(kind)])]

    def _argument(self, kind: Any, values: Any) -> Any:
        if isinstance(kind, types.Array):
            return self._array(kind, values)
        outside = _SCALARS[_name(kind)]
        return self.context.cast(self.builder, next(values), outside, kind)

    def _array(self, kind: Any, values: Any) -> Any:
        data = next(values)
        data.add_attribute("noalias")
        shape = [next(values) for _ in range(kind.ndim)]
        itemsize = _I32(kind.dtype.bitwidth // 8)
        strides = [itemsize]
        for length in shape[:0:-1]:
            strides.insert(0, self.builder.mul(strides[0], length))
        array = self.context.make_array(kind)(self.context, self.builder)
        arrayobj.populate_array(
            array,
            data=data,
            shape=shape,
            strides=strides,
            itemsize=itemsize,
            meminfo=None,
        )
        return array._getvalue()


def _name(kind: Any) -> str:
    """Numba의 수의 형을 선언에 쓰는 이름으로. 기본 정수는 int64라 적습니다."""
    names = {types.boolean: "boolean", types.intp: "int64"}
    return names.get(kind, str(kind))


def _texts(kernel: _Kernel) -> list[str]:
    """커널과 껍데기의 LLVM 코드."""
    signature = tuple(kernel.arguments.values())
    try:
        kernel.dispatcher.compile(signature)
    except NumbaError as error:
        raise RefusedError(
            f"커널 {kernel.name}: Numba가 옮기지 못했습니다.\n{error}"
        ) from error
    overload = kernel.dispatcher.overloads[signature]
    returns = overload.signature.return_type
    if returns != types.none and _name(returns) not in _SCALARS:
        raise RefusedError(
            f"커널 {kernel.name}: 결과 {returns}은 돌려줄 수 없습니다. 수 하나만 "
            "돌려주고 나머지는 인자로 받은 배열에 적으십시오."
        )
    with cpu_target.target_context.push_code_library(overload.library):
        wrapper = _Wrapper(kernel, overload)
    return [overload.library.get_llvm_str(), str(wrapper.module)]


def _among(names: Iterable[str]) -> re.Pattern[str]:
    """선언한 이름을 LLVM의 이름(``3lmf6_clear…``)에서 찾는 식."""
    parts = (name.replace(".", r"\d+") for name in sorted(names))
    return re.compile("|".join(parts) or "(?!)")


def _mark(function: Any, small: bool) -> None:
    """함수 하나를 작게 할지, 하나만 둘지, 부르는 곳마다 펼칠지."""
    brief = _among(BRIEF).search(function.name)
    if small or brief:
        function.add_function_attribute("minsize")
        function.add_function_attribute("optsize")
    if brief or _SHARED.search(function.name):
        function.add_function_attribute("noinline")
    if _among(SPREAD).search(function.name):
        function.add_function_attribute("alwaysinline")


def _linked(texts: dict[str, list[str]], training: set[str], machine: Any) -> Any:
    """모듈을 하나로 잇고, 커널과 오류 말고는 밖에서 볼 수 없게 합니다.

    학습 커널을 먼저 보아, 그것이 부르는 함수는 다른 커널도 부르더라도 빠르게 둡니다.
    """
    order = sorted(texts, key=lambda name: (name not in training, name))
    given = [("", str(_fillings()))]
    given += [(name, text) for name in order for text in texts[name]]
    parts, fast = [], set()
    for name, text in given:
        part = llvm.parse_assembly(text)
        part.triple = _TRIPLE
        part.data_layout = str(machine.target_data)
        for function in part.functions:
            if function.is_declaration:
                continue
            if not name or name in training:
                fast.add(function.name)
            _mark(function, small=function.name not in fast)
        parts.append(part)
    # 채우는 것이 맨 앞에 와야 Numba가 함께 내는 약한 정의를 밀어냅니다.
    whole, *rest = parts
    for part in rest:
        whole.link_in(part)
    for symbol in [*whole.functions, *whole.global_variables]:
        # 이 프로세스의 주소를 담은 것은 그대로 두어야 LLVM이 그 값을 쓰지 않습니다.
        inside = not (symbol.is_declaration or symbol.name.startswith(_ADDRESS))
        if inside and symbol.name not in {ERROR, *texts}:
            symbol.linkage = "internal"
    return whole


def _optimize(module: Any, machine: Any) -> None:
    """내려받을 크기를 보면서 최적화합니다. 고리를 펼쳐도 빨라지지 않습니다(잰 결과)."""
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.size_level = 1
    options.loop_vectorization = True
    options.slp_vectorization = True
    options.loop_unrolling = False
    options.loop_interleaving = False
    options.inlining_threshold = _SHORT
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)


def _assemble(texts: dict[str, list[str]], training: set[str]) -> bytes:
    machine = _target_machine()
    module = _linked(texts, training, machine)
    _optimize(module, machine)
    if any(symbol.name.startswith(_ADDRESS) for symbol in module.global_variables):
        raise UndefinedSymbolError([_ADDRESS])
    return finish(machine.emit_object(module), [*texts])


# 모듈과 설명서 -------------------------------------------------------------------


def _construct(symbols: list[str]) -> str:
    """없는 것의 이름에서, 그것을 쓰게 한 표현으로."""
    for prefixes, construct in _CONSTRUCTS:
        found = [symbol for symbol in symbols if symbol.startswith(prefixes)]
        if found:
            return f"{construct}. 없는 함수는 {', '.join(found)}입니다."
    raise AssertionError(symbols)  # 마지막 표현은 무엇에나 맞습니다


def _refusal(texts: dict[str, list[str]]) -> RefusedError:
    """어느 커널 때문인지는 하나씩 지어 보아 가려냅니다."""
    reasons = []
    for name, parts in texts.items():
        try:
            _assemble({name: parts}, set())
        except UndefinedSymbolError as error:
            reasons.append(f"커널 {name}: {_construct(error.symbols)}")
    return RefusedError(
        "브라우저에는 커널 밖의 함수가 없어 옮길 수 없는 표현이 있습니다.\n"
        + "\n".join(reasons)
    )


def _describe(kernel: _Kernel) -> dict[str, Any]:
    signature = tuple(kernel.arguments.values())
    returns = kernel.dispatcher.overloads[signature].signature.return_type
    arguments = []
    for name, kind in kernel.arguments.items():
        if isinstance(kind, types.Array):
            dtype, ndim = str(kind.dtype), kind.ndim
            described = {"name": name, "kind": "array", "dtype": dtype, "ndim": ndim}
        else:
            described = {"name": name, "kind": "scalar", "dtype": _name(kind)}
        arguments.append(described)
    return {
        "arguments": arguments,
        "returns": None if returns == types.none else _name(returns),
    }


def lower(declared: dict[str, Declaration]) -> tuple[bytes, dict[str, Any]]:
    """선언한 커널을 모듈 하나로.

    Returns
    -------
    wasm : bytes
    description : dict
        ``kernels``는 커널마다의 인자와 결과, ``errors``는 오류 번호마다의 예외와 글.

    Raises
    ------
    RefusedError
        선언이 틀렸거나 브라우저로 옮길 수 없는 표현이 있을 때.
    """
    kernels = [_read(name, declared[name]) for name in sorted(declared)]
    texts = {kernel.name: _texts(kernel) for kernel in kernels}
    try:
        wasm = _assemble(texts, {name for name in texts if declared[name].training})
    except UndefinedSymbolError as error:
        raise _refusal(texts) from error
    errors = {
        str(number): {"type": kind, "message": message}
        for number, (kind, message) in enumerate(_NumberedErrors.errors, 1)
    }
    described = {kernel.name: _describe(kernel) for kernel in kernels}
    return wasm, {"kernels": described, "errors": errors}


def import_kernels() -> dict[str, Declaration]:
    """커널 파일을 모두 읽어 선언을 모읍니다."""
    for module in pkgutil.iter_modules(home.__path__):
        importlib.import_module(f"{home.__name__}.{module.name}")
    return DECLARED


def main(folder: str) -> None:
    """`folder`에 ``kernels.wasm``과 ``description.json``을 적습니다."""
    # 최적화를 끈 것을 캐시에 남길 수 없다는 경고. 남길 까닭도 없습니다.
    warnings.simplefilter("ignore", NumbaWarning)
    try:
        wasm, description = lower(import_kernels())
    except RefusedError as error:
        sys.exit(str(error))
    Path(folder, "kernels.wasm").write_bytes(wasm)
    text = json.dumps(description, ensure_ascii=False)
    Path(folder, "description.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
