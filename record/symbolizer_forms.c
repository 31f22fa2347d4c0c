/* See symbolizer_forms.h. */
#include "record/symbolizer_forms.h"

#include <dwarf.h>

u32 form_length(const struct form_sizes *sizes, u64 form)
{
	switch (form) {
	case DW_FORM_flag_present:
	case DW_FORM_implicit_const:
		return 0;
	case DW_FORM_data1:
	case DW_FORM_ref1:
	case DW_FORM_flag:
	case DW_FORM_strx1:
	case DW_FORM_addrx1:
		return 1;
	case DW_FORM_data2:
	case DW_FORM_ref2:
	case DW_FORM_strx2:
	case DW_FORM_addrx2:
		return 2;
	case DW_FORM_strx3:
	case DW_FORM_addrx3:
		return 3;
	case DW_FORM_data4:
	case DW_FORM_ref4:
	case DW_FORM_strx4:
	case DW_FORM_addrx4:
	case DW_FORM_ref_sup4:
		return 4;
	case DW_FORM_data8:
	case DW_FORM_ref8:
	case DW_FORM_ref_sig8:
	case DW_FORM_ref_sup8:
		return 8;
	case DW_FORM_data16:
		return 16;
	case DW_FORM_addr:
		return sizes->address;
	case DW_FORM_strp:
	case DW_FORM_line_strp:
	case DW_FORM_sec_offset:
	case DW_FORM_strp_sup:
	case DW_FORM_GNU_ref_alt:
	case DW_FORM_GNU_strp_alt:
		return sizes->offset;
	case DW_FORM_ref_addr:
		return sizes->version < 3 ? sizes->address : sizes->offset;
	default:
		return FORM_VARIES;
	}
}

/* One whose length depends on itself. */
static u64 take_varying(struct span *s, u64 form)
{
	switch (form) {
	case DW_FORM_udata:
	case DW_FORM_sdata:
	case DW_FORM_ref_udata:
	case DW_FORM_strx:
	case DW_FORM_addrx:
	case DW_FORM_loclistx:
	case DW_FORM_rnglistx:
	case DW_FORM_GNU_addr_index:
	case DW_FORM_GNU_str_index:
		return debug_take_leb(s);
	case DW_FORM_string:
		debug_take_string(s);
		break;
	case DW_FORM_block1:
		span_take(s, debug_take(s, 1));
		break;
	case DW_FORM_block2:
		span_take(s, debug_take(s, 2));
		break;
	case DW_FORM_block4:
		span_take(s, debug_take(s, 4));
		break;
	case DW_FORM_block:
	case DW_FORM_exprloc:
		span_column(s);
		break;
	default:
		s->bad = true;
	}
	return 0;
}

u64 form_take(const struct form_sizes *sizes, struct span *s, u64 form)
{
	u32 length;

	if (form == DW_FORM_indirect)
		form = span_varint(s);
	length = form_length(sizes, form);
	if (length == FORM_VARIES)
		return take_varying(s, form);
	if (length <= sizeof(u64))
		return debug_take(s, length);
	span_take(s, length);
	return 0;
}
