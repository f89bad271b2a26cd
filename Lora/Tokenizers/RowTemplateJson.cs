namespace LoraCluster.Tokenizers;

/// <summary>The block <c>post_processor</c> of a <c>tokenizer.json</c>.</summary>
internal static class RowTemplateJson
{
    /// <exception cref="UserErrorException">The block is of a type that is not supported, or wrong.</exception>
    public static RowTemplate Read(JsonSettings? block)
    {
        RowTemplate template = RowTemplate.Plain;
        foreach (JsonSettings part in TextEncoderJson.Flatten(block, "processors"))
        {
            switch (part.Text("type"))
            {
                case "ByteLevel": break;
                case "TemplateProcessing": template = ReadTemplate(part); break;
                case "RobertaProcessing":
                    template = RowTemplate.Roberta(part.TokenAndId("cls").Id, part.TokenAndId("sep").Id);
                    break;
                case "BertProcessing":
                    template = RowTemplate.Bert(part.TokenAndId("cls").Id, part.TokenAndId("sep").Id);
                    break;
                default:
                    throw part.Refuse($"type is {part.Text("type") ?? "absent"}; allowed are ByteLevel, TemplateProcessing, "
                        + "RobertaProcessing, BertProcessing and Sequence");
            }
        }
        return template;
    }

    private static RowTemplate ReadTemplate(JsonSettings block)
    {
        JsonSettings? tokens = block.Child("special_tokens");
        RowTemplate template = new(ReadParts(block, "single", tokens), ReadParts(block, "pair", tokens));
        if (template.Pair.Count == 0) template = template with { Pair = RowTemplate.Plain.Pair };
        if (template.Single.Count(part => part.SpecialId is null) != 1) throw block.Refuse("single must hold the sequence A once");
        return template;
    }

    private static List<TemplatePart> ReadParts(JsonSettings block, string key, JsonSettings? tokens)
    {
        var parts = new List<TemplatePart>();
        foreach (JsonSettings item in block.Children(key))
        {
            if (item.Child("Sequence") is { } text)
            {
                string? name = text.Text("id");
                if (name is not ("A" or "B")) throw text.Refuse($"id is {name ?? "absent"}; allowed are A and B");
                parts.Add(TemplatePart.OfText(name == "A" ? 0 : 1, text.Int("type_id") ?? 0));
            }
            else if (item.Child("SpecialToken") is { } token)
            {
                string name = token.Text("id") ?? throw token.Refuse("it has no id");
                JsonSettings known = tokens?.Child(name) ?? throw token.Refuse($"\"{name}\" is not among its special_tokens");
                parts.AddRange(known.Ints("ids").Select(id => TemplatePart.Special(id, token.Int("type_id") ?? 0)));
            }
            else
            {
                throw item.Refuse("it is neither a Sequence nor a SpecialToken");
            }
        }
        return parts;
    }
}
